"""Measures what a request costs a gunicorn worker: CPU time, of variants that take turns in one
run.
"""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import psutil

__all__ = [
    "Server",
    "Variant",
    "compare",
    "cpu_s",
    "free_port",
    "in_turn",
    "median_ratio",
    "progress",
    "serving",
]

T = TypeVar("T")

ROUNDS = 5
START_WITHIN_S = 60


@dataclass(frozen=True)
class Variant:
    """An application to measure: a WSGI app as gunicorn names it, such as `todo:create_app()`.

    `gunicorn` holds further options, `output` where the worker's standard output goes. `server` is
    the command of another server, in which `{port}` stands for the port.
    """

    app: str
    environment: Mapping[str, str] = field(default_factory=dict)
    gunicorn: Sequence[str] = ()
    output: str = os.devnull
    server: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    """That each of its requests has."""


@dataclass(frozen=True)
class Server:
    """A running variant with one worker."""

    port: int
    worker: psutil.Process
    headers: Mapping[str, str] = field(default_factory=dict)

    def cpu_s(self) -> float:
        """Seconds of CPU, user and system, that the worker has used so far, by all its threads."""
        return cpu_s(self.worker)

    def send(self, path: str, times: int, before_each: Callable[[], None] = lambda: None) -> bytes:
        """Sends GET `path` that often over one connection, and returns the last body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = b""
        for _ in range(times):
            before_each()
            connection.request("GET", path, headers=dict(self.headers))
            response = connection.getresponse()
            body = response.read()
            if response.status != 200:
                raise RuntimeError(f"GET {path} answered {response.status}: {body[:200]!r}")
        connection.close()
        return body


def in_turn(them: Mapping[str, T], number: int) -> Sequence[tuple[str, T]]:
    """All of them with their names, beginning with another one each round, so that none is always
    the first after a pause.
    """
    items = list(them.items())
    first = number % len(items)
    return items[first:] + items[:first]


def cpu_s(process: psutil.Process) -> float:
    """Seconds of CPU, user and system, that a process has used so far, by all its threads."""
    tasks = Path(f"/proc/{process.pid}/task")
    if not tasks.exists():  # macOS
        times = process.cpu_times()
        return float(times.user + times.system)
    # The scheduler counts in nanoseconds, where the process's own times are in hundredths of a
    # second.
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9


def compare(
    variants: Mapping[str, Variant], path: str, requests: int, rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Microseconds of worker CPU per GET `path`: for each variant one figure a round, in turn
    within a round.

    Raises RuntimeError when a variant answers anything but 200.
    """
    figures: dict[str, list[float]] = {name: [] for name in variants}
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(serving(variant)) for name, variant in variants.items()
        }
        for server in servers.values():
            server.send(path, max(100, requests // 10))
        for number in range(rounds):
            for name, server in in_turn(servers, number):
                progress(f"{path}  round {number + 1}/{rounds}  {name}")
                before = server.cpu_s()
                server.send(path, requests)
                figures[name].append((server.cpu_s() - before) / requests * 1e6)
    progress("")
    return figures


@contextmanager
def serving(variant: Variant, threads: int = 4) -> Iterator[Server]:
    """Runs the variant in gunicorn with one gthread worker. Raises RuntimeError when it does not
    start.
    """
    port = free_port()
    command = [part.format(port=port) for part in variant.server] or _gunicorn(
        variant, port, threads
    )
    with open(variant.output, "ab") as output:
        master = subprocess.Popen(
            command, env=os.environ | dict(variant.environment), stdout=output
        )
    try:
        yield Server(port, _worker_of(master, port), variant.headers)
    finally:
        master.terminate()
        try:
            master.wait(10)
        except subprocess.TimeoutExpired:
            master.kill()
            master.wait()


def _gunicorn(variant: Variant, port: int, threads: int) -> list[str]:
    command = [sys.executable, "-m", "gunicorn", variant.app, "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "1", "--worker-class", "gthread", "--threads", str(threads)]
    command += ["--keep-alive", "75", "--no-control-socket", "--log-level", "error"]
    return [*command, *variant.gunicorn]


def _worker_of(master: subprocess.Popen[bytes], port: int) -> psutil.Process:
    give_up = time.monotonic() + START_WITHIN_S
    while time.monotonic() < give_up and master.poll() is None:
        children = psutil.Process(master.pid).children()
        if children and _answers(port):
            return children[0]
        time.sleep(0.05)
    raise RuntimeError(f"{master.args} did not start")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_WITHIN_S)
    try:
        connection.request("GET", "/")
        return bool(connection.getresponse().status)
    except OSError:
        return False
    finally:
        connection.close()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def progress(text: str) -> None:
    """Shows `text` in place of the last one, on a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def median_ratio(figures: Sequence[float], baseline: Sequence[float]) -> float:
    """The median of the rounds' ratios, each of two figures taken moments apart."""
    return statistics.median(a / b for a, b in zip(figures, baseline, strict=True))
