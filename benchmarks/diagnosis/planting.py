"""Serves one planted bottleneck, loads it, and reads the verdict."""

import importlib
import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from todo.serving.temporary import environment_in, temporary_server

from .capacity import capacity_per_s

__all__ = ["FOLDER", "Planted", "names", "planted", "report_on"]

FOLDER = Path(__file__).parent / "bottlenecks"
_LOAD = Path(__file__).with_name("load.js")
_TODO = [sys.executable, "-m", "todo.cli"]
_LOAD_WITHIN_S = 180.0
_SMALLER_RATE = 3.0


@dataclass(frozen=True)
class Planted:
    """A planted bottleneck: its file, its module, and the name of it."""

    name: str
    module: ModuleType

    @property
    def factory(self) -> str:
        """As `todo serve --app` takes it."""
        return f"{self.module.__file__}:factory"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of its server."""
        fixed: dict[str, str] = getattr(self.module, "ENVIRONMENT", {})
        return {"TODO_WORKERS": "2", "TODO_THREADS": "4", **fixed}


def names() -> list[str]:
    """All planted bottlenecks, by their files."""
    files = sorted(path.stem for path in FOLDER.glob("*.py"))
    return [name for name in files if name != "planted"]


def planted(name: str) -> Planted:
    """The bottleneck of this name."""
    if str(FOLDER) not in sys.path:
        sys.path.insert(0, str(FOLDER))
    return Planted(name, importlib.import_module(name))


def report_on(
    bottleneck: Planted, state: Path, database_uri: str, *, second: str | None = None
) -> dict[str, Any]:
    """What report.json says, after the bottleneck's app was loaded as it says; `second` is a
    smaller bottleneck beside it. What was written is kept in the folder `state`.
    """
    environment = {
        **environment_in(state),
        **bottleneck.environment,
        "SQLALCHEMY_DATABASE_URI": database_uri,
        "LOAD_NAME": bottleneck.name,
    }
    load = bottleneck.module.LOAD
    rates = dict(load.rates)
    if second:
        environment["SECOND"] = second
        rates["GET /second"] = _SMALLER_RATE
    state.mkdir(parents=True, exist_ok=True)
    app = ["--app", bottleneck.factory]
    with temporary_server(environment, state / "server.log", app):
        for request, times in load.times_capacity.items():
            rates[request] = times * capacity_per_s(environment["TODO_PORT"], request)
        plan = {"seconds": load.seconds, "users": load.users, "pause_s": load.pause_s}
        done = subprocess.run(
            [*_TODO, "load", str(_LOAD)],
            env={**environment, "LOAD_PLAN": json.dumps({"rates": rates, **plan})},
            capture_output=True,
            text=True,
            timeout=_LOAD_WITHIN_S,
            check=False,
        )
    (state / "load.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    reports = list((state / "load").glob("*/report.json"))
    if not reports:
        raise RuntimeError(f"{bottleneck.name} has no report: {done.stderr[-2000:]}")
    report: dict[str, Any] = json.loads(reports[0].read_text())
    return report
