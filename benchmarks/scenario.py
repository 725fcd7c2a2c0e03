"""The published scenario at 1, 10 and 30 times, and how far it goes: `make bench-scenario`.

The API as `todo serve --ship` runs it, all logging on, and k6 beside it on the same machine.
SCALES="10" runs that alone; CAPACITY=0 leaves out what comes last; SPEED=20 is for trying it out:
it shortens the six minutes, and multiplies the rates as much.
"""

import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg2

from .database import database_with_todos
from .harness import cpu_s, free_port, progress

TODOS = 400  # as `todo load --seed` makes
SCALES = os.environ.get("SCALES", "1 10 30").split()
SPEED = os.environ.get("SPEED", "1")
CAPACITY = os.environ.get("CAPACITY", "10")  # what capacity's rates are multiplied with
STARTS_WITHIN_S = 60
DELIVERED_WITHIN_S = 120
# Milliseconds at the most: the list's p95 and p99, and the p95 of POST and DELETE.
GOALS = {"1": (4, None, None), "10": (10, 40, 25), "30": (100, None, None)}
# Go has the memory to collect k6's garbage rarely; the cores it has to share with the server.
K6_MEMORY = {"GOGC": "400", "GOMEMLIMIT": "6GiB"}
LIST, POST, DELETE = "GET /todos", "POST /todos", "DELETE /todos/:id"


@dataclass(frozen=True)
class Target:
    """A running server, with the processes of it and of its PostgreSQL."""

    url: str
    process: psutil.Process
    postgres: psutil.Process
    uri: str
    archive: Path
    spool: Path

    def cpu_s(self) -> tuple[float, float]:
        """Seconds of CPU of the server and its shipper, and of PostgreSQL."""
        return _of_all(self.process), _of_all(self.postgres)


def main() -> int:
    """Prints a row for each scale; exit code 1 when a goal is missed."""
    print(
        f"{'scale':>6}{'requests':>10}{'checks':>9}{'list p50':>10}{'p95':>8}{'p99':>8}"
        f"{'POST p95':>10}{'DELETE p95':>12}{'dropped':>9}{'unanswered':>12}{'lines lost':>12}"
        f"{'CPU s: app':>12}{'database':>10}{'k6':>7}"
    )
    is_missed = False
    for scale in SCALES:
        with serving() as target:
            before, k6_before = target.cpu_s(), _k6_cpu_s()
            summary = run_k6("planners-and-studiers", target, scale)
            after, k6_after = target.cpu_s(), _k6_cpu_s()
            lost = lines_lost(target, summary)
        cpu = [end - start for start, end in zip(before, after, strict=True)]
        is_missed |= _print(scale, summary, lost, [*cpu, k6_after - k6_before])
    if CAPACITY != "0":
        with serving() as target:
            _print_capacity(run_k6("capacity", target, CAPACITY))
    return int(is_missed)


@contextmanager
def serving() -> Iterator[Target]:
    """The API with 400 todos, until the end of the block."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder, database_with_todos(TODOS) as uri:
        environment = os.environ | {
            "SQLALCHEMY_DATABASE_URI": uri,
            "TODO_PORT": str(port),
            "TODO_STATE_DIR": str(Path(folder, "state")),
            "TODO_SPOOL_DIR": str(Path(folder, "spool")),
            "TODO_ARCHIVE_DIR": str(Path(folder, "logs")),
        }
        server = subprocess.Popen(
            [sys.executable, "-m", "todo.cli", "serve", "--ship"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(port)
            process = psutil.Process(server.pid)
            folders = Path(folder, "logs"), Path(folder, "spool")
            yield Target(url, process, _postgres_of(uri), uri, *folders)
        finally:
            server.terminate()
            server.wait(60)


def _wait_for(port: int) -> None:
    give_up = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < give_up:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def _postgres_of(uri: str) -> psutil.Process:
    connection = psycopg2.connect(uri)
    process = psutil.Process(connection.info.backend_pid).parent()
    connection.close()
    assert process is not None
    return process


def _of_all(process: psutil.Process) -> float:
    return sum(map(cpu_s, [process, *process.children(recursive=True)]))


def _k6_cpu_s() -> float:
    """Of all k6 so far: those are this process's only children that have ended under load."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_k6(script: str, target: Target, scale: str, speed: str = SPEED) -> dict[str, Any]:
    """k6's summary of the script. It keeps no samples, which would take half of its CPU time."""
    progress(f"{script} at {scale} times")
    with tempfile.TemporaryDirectory() as folder:
        variables = {
            "ENDPOINT": target.url,
            "SCALE": scale,
            "SPEED": speed,
            "OUTPUT_FOLDER": folder,
        }
        options = [f"--env={name}={value}" for name, value in variables.items()]
        k6 = Path(sys.executable).with_name("k6")
        subprocess.run(
            [k6, "run", "--quiet", "--no-usage-report", *options, f"k6/{script}.js"],
            env=os.environ | K6_MEMORY,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,  # a threshold that breaks is in the summary
        )
        summary: dict[str, Any] = json.loads(Path(folder, "summary.json").read_text())
    progress("")
    return summary


def lines_lost(target: Target, summary: dict[str, Any]) -> int:
    """Answered requests of the run without a canonical line, once the shipper has delivered."""
    answered = summary["requests"]["finished"] - summary["answers"]["none"]
    wanted = answered - 1  # the first is for health, which has no line
    found, give_up = 0, time.monotonic() + DELIVERED_WITHIN_S
    while found < wanted and time.monotonic() < give_up:
        time.sleep(1)
        found = sum(map(_canonical_lines, target.archive.rglob("*.ndjson")))
    return int(max(0, wanted - found))


def _canonical_lines(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(b'"event":"request_finished"' in line and b'"run_id"' in line for line in lines)


def _print(scale: str, summary: dict[str, Any], lost: int, cpu: list[float]) -> bool:
    """Prints the row, and returns whether a goal is missed."""
    routes = {route["name"]: route for route in summary["routes"]}
    lists, posts, deletes = routes[LIST], routes[POST], routes[DELETE]
    print(
        f"{scale:>6}{summary['requests']['finished']:>10,}{summary['checks']['rate']:>9.2%}"
        f"{lists['p50_ms']:>10}{lists['p95_ms']:>8}{lists['p99_ms']:>8}"
        f"{posts['p95_ms']:>10}{deletes['p95_ms']:>12}"
        f"{summary['dropped_iterations']:>9}{summary['answers']['none']:>12}{lost:>12}"
        + "{:12.0f}{:10.0f}{:7.0f}".format(*cpu),
        flush=True,
    )
    p95, p99, of_writes = GOALS.get(scale, (None, None, None))
    writes = max(posts["p95_ms"], deletes["p95_ms"])
    wanted = {
        "100 % of checks": summary["checks"]["rate"] == 1,
        "nothing dropped": not summary["dropped_iterations"],
        "no line lost": not lost,
        f"list p95 <= {p95} ms": p95 is None or lists["p95_ms"] <= p95,
        f"list p99 <= {p99} ms": p99 is None or lists["p99_ms"] <= p99,
        f"POST and DELETE p95 <= {of_writes} ms": of_writes is None or writes <= of_writes,
    }
    missed = [name for name, is_met in wanted.items() if not is_met]
    print(f"       goals {'met' if not missed else 'MISSED: ' + ', '.join(missed)}", flush=True)
    return bool(missed)


def _print_capacity(summary: dict[str, Any]) -> None:
    print(f"\n{'visits/s':>10}{'good answers':>14}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}")
    for step in summary["parts"]:
        print(
            f"{step['name']:>10}{step['count']:>14,}{step['p50_ms'] or '-':>9}"
            f"{step['p95_ms'] or '-':>9}{step['p99_ms'] or '-':>9}"
        )


if __name__ == "__main__":
    sys.exit(main())
