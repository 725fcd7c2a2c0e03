"""A load test as a whole: what was run, where, and how it ended. Kept as run.json in its folder."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from .errors import LoadError, ReportError
from .folders import newest_folders
from .k6 import EXPORTED

__all__ = [
    "LoadMachine",
    "Run",
    "Threshold",
    "new_folder",
    "read_run",
    "thresholds_of",
    "write_run",
]

_MOST_OF_SCRIPT = 40  # a run's ID has at most 64 characters


class Threshold(BaseModel):
    """A promise of the script, and whether it was kept; `value` is None where k6 does not say."""

    model_config = ConfigDict(frozen=True)

    metric: str
    expression: str
    ok: bool
    value: float | None = None


class LoadMachine(BaseModel):
    """A machine that k6 ran on. `cpu_share` is what k6 used of all cores of the host, on average;
    None where nothing says it. Several machines may be containers of one host. `problem` says why
    one did not run its share to the end, and is empty where it did.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    host: str
    exit_code: int
    cpu_share: float | None = None
    problem: str = ""


@dataclass(frozen=True)
class Ended:
    """How k6 ended: the fields of a run that are known only then."""

    exit_code: int
    interrupted: bool
    thresholds: list[Threshold]
    load_machines: list[LoadMachine]


class Run(BaseModel):
    """One load test. `ended_at` and `exit_code` are None while it runs, or when it was killed."""

    model_config = ConfigDict(frozen=True)

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
    revision: str = ""
    settings: dict[str, str] = {}
    machine: dict[str, str] = {}
    thresholds: list[Threshold] = []
    load_machines: list[LoadMachine] = []

    @property
    def failed_thresholds(self) -> list[Threshold]:
        """The promises that were not kept."""
        return [threshold for threshold in self.thresholds if not threshold.ok]

    def facts(self) -> dict[str, str]:
        """What the run depends on, by name: two runs that differ in it may differ in speed."""
        own = ("script", "endpoint", "scale", "seeded", "k6_version", "revision")
        return {
            **{name: str(getattr(self, name)) for name in own},
            "load machines": str(len(self.load_machines) or 1),
            **{f"setting {name}": value for name, value in self.settings.items()},
            **{f"machine {name}": value for name, value in self.machine.items()},
        }


def new_folder(loads: Path, script: str) -> Path:
    """A new folder for a run that begins now; its name, such as smoke-20261123-175501, is the run's
    ID. Of several runs that begin in one second the later ones have a number after it. Raises
    LoadError when no folder can be made there.
    """
    named = re.sub(r"[^A-Za-z0-9._-]", "-", script)[:_MOST_OF_SCRIPT]
    begun = f"{named}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    number = 1
    while True:
        folder = loads / (begun if number == 1 else f"{begun}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise LoadError(f"the folder {folder} cannot be made: {error.strerror}") from None
        else:
            return folder


def write_run(folder: Path, run: Run) -> None:
    """Writes run.json into the run's folder."""
    (folder / "run.json").write_text(run.model_dump_json(indent=2) + "\n", encoding="utf-8")


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


def thresholds_of(folder: Path) -> list[Threshold]:
    """The verdicts in the script's own summary.json, or else in k6's; none when k6 was killed
    before it wrote one.
    """
    summary, exported = folder / "summary.json", folder / EXPORTED
    if summary.exists():
        told = json.loads(summary.read_text())["thresholds"]
        return [Threshold.model_validate(each) for each in told]
    metrics = json.loads(exported.read_text())["metrics"] if exported.exists() else {}
    return [
        Threshold(
            metric=name, expression=expression, ok=not is_broken, value=_value(metric, expression)
        )
        for name, metric in metrics.items()
        for expression, is_broken in metric.get("thresholds", {}).items()
    ]


def _value(metric: dict[str, Any], expression: str) -> float | None:
    """What the expression is about, such as `p(95)<200`; k6 calls a rate's value so."""
    statistic = re.split(r"[\s<>=!]", expression.strip(), maxsplit=1)[0]
    value: float | None = metric.get("value" if statistic == "rate" else statistic)
    return value


def _known(loads: Path) -> str:
    runs = newest_folders(loads)
    if not runs:
        return f"no load test has been run yet, nothing is in {loads}"
    return f"in {loads} the newest are {', '.join(folder.name for folder in runs[:5])}"
