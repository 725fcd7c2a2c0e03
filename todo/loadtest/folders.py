"""The folders of load tests, and what can be told of one without its samples."""

import json
from pathlib import Path
from typing import Any

__all__ = ["newest_folders", "verdict_in"]


def newest_folders(loads: Path) -> list[Path]:
    """The folders of all runs in there, the newest first."""
    runs = sorted(loads.glob("*/run.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [path.parent for path in runs]


def verdict_in(folder: Path) -> dict[str, Any] | None:
    """The verdict of a run's report.json; None when it has no report that can be read."""
    try:
        found = json.loads((folder / "report.json").read_text(encoding="utf-8"))["verdict"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, dict) else None
