"""The API beside what one would pick instead: the same answers from the same database, two workers
each, 16 clients, in turns: `make bench-peers`.

Each writes its usual JSON lines: ours three a request to the spool, the others one to a file.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from ..database import Backends, database_with_todos
from ..harness import cpu_s, free_port, in_turn, progress
from ..load import load

OURS = "TaskOverflow"
ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = int(os.environ.get("SECONDS", "6"))
TODOS = 400
WORKERS = 2
STARTS_WITHIN_S = 30
MICROSECONDS = re.compile(rb"(T\d\d:\d\d:\d\d)\.\d+")
# The path, and how many times FastAPI's requests a second ours has to have.
CASES = {
    "list of 400": ("/api/v1/todos?limit=400", 2.5),
    "list of 100": ("/api/v1/todos?limit=100", 2.0),
    "one todo": ("/api/v1/todos/200", 1.1),
}
PEERS = "var/bench-peers/bin/python"
UVICORN = "uvicorn --factory --workers 2 --no-access-log --log-level warning --port {port}"
GUNICORN = (
    "gunicorn --workers 2 --worker-class gthread --threads 4 --keep-alive 75"
    " --log-level error --bind 127.0.0.1:{port}"
)
FASTAPI = "FastAPI + asyncpg + uvicorn"
COMMANDS = {
    OURS: f"{sys.executable} -m todo.cli serve",
    FASTAPI: f"{PEERS} -m {UVICORN} benchmarks.peers.asgi:fastapi",
    "Starlette + asyncpg": f"{PEERS} -m {UVICORN} benchmarks.peers.asgi:starlette",
    "Django Ninja + gunicorn": f"{PEERS} -m {GUNICORN} benchmarks.peers.wsgi:django()",
    "Flask, as usual": f"{PEERS} -m {GUNICORN} benchmarks.peers.wsgi:flask()",
}


@dataclass(frozen=True)
class Figures:
    """What one round of one server came to; CPU in microseconds a request."""

    per_second: float
    p50_ms: float
    p99_ms: float
    app_us: float
    database_us: float


def main() -> int:
    """Prints a table for each case; exit code 1 when a goal is missed."""
    is_missed = False
    with database_with_todos(TODOS) as uri, ExitStack() as stack:
        backends = Backends(uri)
        stack.callback(backends.close)
        ports = {name: stack.enter_context(_running(name, uri)) for name in COMMANDS}
        for case, (path, goal) in CASES.items():
            _check_answers(ports, path)
            rounds: dict[str, list[Figures]] = {name: [] for name in ports}
            for number in range(ROUNDS):
                for name, (port, process) in in_turn(ports, number):
                    progress(f"{case}  round {number + 1}/{ROUNDS}  {name}")
                    rounds[name].append(_measure(port, process, path, backends))
            progress("")
            is_missed |= _print(case, rounds, goal)
    return int(is_missed)


@contextmanager
def _running(name: str, uri: str) -> Iterator[tuple[int, psutil.Process]]:
    """The server's port and its first process, once it answers."""
    port = free_port()
    command = COMMANDS[name].format(port=port).split()
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "SQLALCHEMY_DATABASE_URI": uri,
            "TODO_PORT": str(port),
            "TODO_WORKERS": str(WORKERS),
            "TODO_LOG_OUTPUT": "spool",
            "TODO_SPOOL_DIR": str(Path(folder, "spool")),
        }
        with Path(folder, "log").open("wb") as output:
            server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            _wait_for(port, server, Path(folder, "log"))
            yield port, psutil.Process(server.pid)
        finally:
            server.terminate()
            server.wait(30)


def _wait_for(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    give_up = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < give_up and server.poll() is None:
        try:
            _get(port, "/api/v1/todos/1")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{server.args} did not start: {log.read_text()[-2000:]}")


def _get(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return bytes(answer.read())


def _check_answers(ports: Mapping[str, tuple[int, psutil.Process]], path: str) -> None:
    """Raises RuntimeError when they do not all answer the same. Django has milliseconds only."""
    answers = {
        name: json.loads(MICROSECONDS.sub(rb"\1", _get(port, path)))
        for name, (port, _) in ports.items()
    }
    for name, answer in answers.items():
        if answer != answers[OURS]:
            raise RuntimeError(f"{name} answers {path} with {str(answer)[:300]}")


def _measure(port: int, process: psutil.Process, path: str, backends: Backends) -> Figures:
    processes = [process, *process.children(recursive=True)]
    before = sum(map(cpu_s, processes)), backends.cpu_s()
    seen = load(f"http://127.0.0.1:{port}{path}", seconds=SECONDS)
    after = sum(map(cpu_s, processes)), backends.cpu_s()
    app_us, database_us = (
        (end_s - start_s) / seen.requests * 1e6
        for start_s, end_s in zip(before, after, strict=True)
    )
    return Figures(seen.per_second, seen.p50_ms, seen.p99_ms, app_us, database_us)


def _print(case: str, rounds: Mapping[str, list[Figures]], goal: float) -> bool:
    """Prints the medians, and returns whether a goal is missed."""
    print(
        f"\n{case:28}{'requests/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'app us':>9}{'database us':>13}"
    )
    for name, figures in rounds.items():
        print(
            f"{name:28}{_median(figures, 'per_second'):11.0f}{_median(figures, 'p50_ms'):9.1f}"
            f"{_median(figures, 'p99_ms'):9.1f}{_median(figures, 'app_us'):9.0f}"
            f"{_median(figures, 'database_us'):13.0f}"
        )
    ratios = [
        ours.per_second / theirs.per_second
        for ours, theirs in zip(rounds[OURS], rounds[FASTAPI], strict=True)
    ]
    others = [figures for name, figures in rounds.items() if name != OURS]
    is_ahead = all(
        _median(rounds[OURS], "per_second") > _median(figures, "per_second")
        and _median(rounds[OURS], "p99_ms") < _median(figures, "p99_ms")
        for figures in others
    )
    is_met = statistics.median(ratios) >= goal
    print(
        f"{statistics.median(ratios):.2f} times FastAPI ({min(ratios):.2f} to {max(ratios):.2f}),"
        f" goal {goal}: {'met' if is_met else 'MISSED'};"
        f" ahead of each in requests/s and p99: {'yes' if is_ahead else 'NO'}"
    )
    return not (is_met and is_ahead)


def _median(figures: list[Figures], name: str) -> float:
    return statistics.median(getattr(each, name) for each in figures)


if __name__ == "__main__":
    sys.exit(main())
