"""`todo demo`: the whole exercise in about a minute, on this machine alone."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from ..serving.supervised import StartError
from ..serving.temporary import environment_in, temporary_server
from ._settings import current_settings

__all__ = ["command"]

_TODO = [sys.executable, "-m", "todo.cli"]


@click.command("demo")
@click.option(
    "--scale", default=0.1, show_default=True, help="How many times the published scenario's users."
)
@click.option("--speed", default=12.0, show_default=True, help="How many times faster than it.")
def command(scale: float, speed: float) -> None:
    """Serve, load, report and trace: the published scenario in small, and the story of its slowest
    request.

    Everything is kept in TODO_STATE_DIR/demo, and everything that was started is stopped. The exit
    code is that of `todo load`.
    """
    folder = current_settings().state_dir / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    environment, log = environment_in(folder), folder / "server.log"
    _say(f"$ todo serve --migrate --ship    (its output is in {log})")
    with _explained(), temporary_server(environment, log):
        load = [*_TODO, "load", "--seed", "--scale", str(scale), "--speed", str(speed)]
        _say("$ todo load --seed")
        code = subprocess.run(load, env=environment, check=False).returncode  # noqa: S603  # our own command
        _trace_slowest(environment, folder)
    _say("everything is stopped; the page is report.html in the run's folder")
    sys.exit(code)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except StartError as error:
        raise click.ClickException(str(error)) from None


def _trace_slowest(environment: Mapping[str, str], folder: Path) -> None:
    """The story of the request that the report calls the slowest."""
    reports = sorted(folder.glob("load/*/report.json"), key=lambda path: path.stat().st_mtime)
    slowest = json.loads(reports[-1].read_text())["slowest"] if reports else []
    if slowest:
        archive = shlex.quote(environment["TODO_ARCHIVE_DIR"])
        _say(f"$ todo trace {slowest[0]} --archive {archive}")
        subprocess.run([*_TODO, "trace", slowest[0]], env=environment, check=False)  # noqa: S603  # our own command


def _say(text: str) -> None:
    click.secho(text, err=True, bold=True)
