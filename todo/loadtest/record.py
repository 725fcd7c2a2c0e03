"""The description of a run beside its samples, which the report reads."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["new_run_id", "write_record"]


def new_run_id(script: str) -> str:
    """The name of a run that begins now, such as smoke-20261123-175501."""
    return f"{script}-{datetime.now(UTC):%Y%m%d-%H%M%S}"


def write_record(folder: Path, **fields: Any) -> None:
    """Writes run.json; fields that are not given stay as they were. Thresholds are those of k6's
    summary.
    """
    path = folder / "run.json"
    record = (
        json.loads(path.read_text()) if path.exists() else {"ended_at": None, "exit_code": None}
    )
    summary = folder / "summary.json"
    thresholds = json.loads(summary.read_text())["thresholds"] if summary.exists() else []
    record |= {"thresholds": thresholds, **fields}
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
