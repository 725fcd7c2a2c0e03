"""`todo demo`: the whole exercise in about a minute, on this machine alone."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from ._settings import current_settings

__all__ = ["command"]

_TODO = [sys.executable, "-m", "todo.cli"]
_START_WITHIN_S = 60.0
_STOP_WITHIN_S = 15.0


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
    port = _free_port()
    environment = os.environ | {
        "TODO_PORT": str(port),
        "TODO_STATE_DIR": str(folder),
        "TODO_SPOOL_DIR": str(folder / "spool"),
        "TODO_ARCHIVE_DIR": str(folder / "logs"),
    }
    with _server(environment, folder / "server.log", port):
        load = [*_TODO, "load", "--seed", "--scale", str(scale), "--speed", str(speed)]
        _say("$ todo load --seed")
        code = subprocess.run(load, env=environment, check=False).returncode  # noqa: S603  # our own command
        _trace_slowest(environment, folder)
    _say("everything is stopped; the page is report.html in the run's folder")
    sys.exit(code)


def _trace_slowest(environment: Mapping[str, str], folder: Path) -> None:
    """The story of the request that the report calls the slowest."""
    reports = sorted(folder.glob("load/*/report.json"), key=lambda path: path.stat().st_mtime)
    slowest = json.loads(reports[-1].read_text())["slowest"] if reports else []
    if slowest:
        archive = shlex.quote(environment["TODO_ARCHIVE_DIR"])
        _say(f"$ todo trace {slowest[0]} --archive {archive}")
        subprocess.run([*_TODO, "trace", slowest[0]], env=environment, check=False)  # noqa: S603  # our own command


@contextmanager
def _server(environment: Mapping[str, str], log: Path, port: int) -> Iterator[None]:
    _say(f"$ todo serve --migrate --ship    (its output is in {log})")
    with log.open("wb") as output:
        # A session of its own: Ctrl-C is for the load test first, and stops the server at the end.
        server = subprocess.Popen(  # noqa: S603  # our own command
            [*_TODO, "serve", "--migrate", "--ship"],
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_until_up(server, port, log)
        yield
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


def _wait_until_up(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    give_up = time.monotonic() + _START_WITHIN_S
    while server.poll() is None and time.monotonic() < give_up:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/health/ready", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise click.ClickException(
        f"the server did not come up; its last words: {log.read_text()[-1000:]}"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _say(text: str) -> None:
    click.secho(text, err=True, bold=True)
