"""The folders of load tests, as the commands that work on one find them."""

import re
from pathlib import Path

import click

from ..loadtest.folders import newest_folders
from ._settings import current_settings

__all__ = ["LATEST", "load_folder", "run_folder"]

LATEST = "latest"
_RUN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def load_folder() -> Path:
    """Where all of them are."""
    return current_settings().state_dir / "load"


def run_folder(run_id: str) -> Path:
    """The folder of a run by its ID, or of the newest by `latest`. It may not be there."""
    if not _RUN_ID.fullmatch(run_id) or run_id in (".", ".."):
        raise click.BadParameter(
            "a run's ID is 1 to 64 letters, digits, '.', '_' or '-', or it is `latest`",
            param_hint="RUN_ID",
        )
    if run_id == LATEST:
        folders = newest_folders(load_folder())
        if not folders:
            raise click.ClickException(f"no load test has been run yet, {load_folder()} has none")
        return folders[0]
    return load_folder() / run_id
