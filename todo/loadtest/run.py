"""What was run: the folder of a load test, as `todo load` leaves it."""

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ValidationError

__all__ = ["ReportError", "Run", "Threshold", "read_run"]


class ReportError(Exception):
    """There is nothing to report on; the text says why and what to do."""


class Threshold(BaseModel):
    """A promise of the script, and whether it was kept; `value` is None where k6 does not say."""

    metric: str
    expression: str
    ok: bool
    value: float | None = None


class Run(BaseModel):
    """One load test. `ended_at` and `exit_code` are None while it runs, or when it was killed."""

    run_id: str
    script: str
    endpoint: str
    scale: float = 1.0
    seeded: int = 0
    k6_version: str = ""
    started_at: datetime
    ended_at: datetime | None = None
    exit_code: int | None = None
    interrupted: bool = False
    log_group: str = "taskoverflow"
    thresholds: list[Threshold] = []

    @property
    def failed_thresholds(self) -> list[Threshold]:
        """The promises that were not kept."""
        return [threshold for threshold in self.thresholds if not threshold.ok]


def read_run(folder: Path) -> Run:
    """The run whose files are in the folder. Raises ReportError when there is none, or none that
    can be read.
    """
    path = folder / "run.json"
    try:
        return Run.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise ReportError(f"there is no run {folder.name}: {_known(folder.parent)}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ReportError(f"{path} does not describe a run: {place}: {first['msg']}") from None


def _known(loads: Path) -> str:
    runs = sorted(loads.glob("*/run.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    if not runs:
        return f"no load test has been run yet, nothing is in {loads}"
    return f"in {loads} the newest are {', '.join(path.parent.name for path in runs[:5])}"
