"""Servers and load tests of the course, and what their reports say."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..serving.supervised import StartError
from ..serving.temporary import environment_in, temporary_server
from .step import NotYet

__all__ = ["reports", "serve_and_load"]


def serve_and_load(
    folder: Path, load: Sequence[str], serve: Sequence[str] = (), **variables: str
) -> None:
    """Serves with the options `serve`, and runs `todo load` with the options `load`, all in the
    folder. A broken threshold is no failure here. Raises NotYet.
    """
    environment = environment_in(folder) | variables
    try:
        with temporary_server(environment, folder / "server.log", serve):
            subprocess.run(  # noqa: S603  # our own command
                [sys.executable, "-m", "todo.cli", "load", *load], env=environment, check=False
            )
    except StartError as error:
        raise NotYet(str(error)) from None


def reports(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    """The runs that have a report, oldest first, each with what report.json says."""
    found = sorted(folder.glob("load/*/report.json"), key=lambda path: path.stat().st_mtime)
    return [(path.parent, json.loads(path.read_text())) for path in found]
