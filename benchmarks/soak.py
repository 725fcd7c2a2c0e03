"""Half an hour at 60 % of what the machine holds: does anything grow? `make bench-soak`.

The API as `todo serve --ship` runs it, all logging on, and k6 beside it on the same machine.
SPEED=20 is for trying it out: it shortens the half hour to 90 s, at the same rate.
"""

import contextlib
import os
import statistics
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import psycopg2

from .scenario import Target, lines_lost, run_k6, serving

SHARE = 0.6
SPEED = float(os.environ.get("SPEED", "1"))
SOAKED_PER_S = 40  # visits at SCALE=1, of k6/soak.js
CAPACITY_SPEED = "10"  # each step of k6/capacity.js takes 3 s, and has ten times as many visits
GOOD_P95_MS = 100
LOOK_EVERY_S = 10
FLAT = 1.05  # what the last third's median may be of the second's


@dataclass(frozen=True)
class Look:
    """What the server had at one time: all its processes, and PostgreSQL's connections."""

    memory_mb: float
    descriptors: int
    threads: int
    connections: int
    spool_mb: float
    database_mb: float


# The least that counts as growth: the spool's files have their whole size from the beginning.
COLUMNS = {
    "memory, MB": 1,
    "descriptors": 2,
    "threads": 1,
    "connections": 1,
    "spool, MB": 30,
    "database, MB": 1,
}


def main() -> int:
    """Prints medians of each third; exit code 1 when something grows or is lost."""
    with serving() as target:
        per_second = SHARE * _capacity(run_k6("capacity", target, "1", speed=CAPACITY_SPEED))
    print(f"{per_second:.0f} visits a second, {SHARE:.0%} of the capacity", flush=True)
    with serving() as target:
        scale = f"{per_second / SOAKED_PER_S / SPEED:.3f}"
        with _looking(target) as looks:
            summary = run_k6("soak", target, scale, speed=f"{SPEED:g}")
        lost = lines_lost(target, summary)
    return _print(looks, summary, lost)


def _capacity(summary: dict[str, Any]) -> float:
    """The last step's visits a second before the first that was not good."""
    best = 0.0
    for step in summary["parts"]:
        visits = float(step["name"])
        wanted = visits * 30 / float(CAPACITY_SPEED)
        if step["count"] < wanted or step["p95_ms"] > GOOD_P95_MS:
            break
        best = visits
    if not best:
        raise RuntimeError("not even the first step of the capacity had good answers")
    return best


@contextlib.contextmanager
def _looking(target: Target) -> Iterator[list[Look]]:
    looks: list[Look] = []
    over = threading.Event()
    looker = threading.Thread(target=_look_until, args=(over, target, looks.append))
    looker.start()
    try:
        yield looks
    finally:
        over.set()
        looker.join()


def _look_until(over: threading.Event, target: Target, keep: Callable[[Look], None]) -> None:
    connection = psycopg2.connect(target.uri)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        while not over.wait(LOOK_EVERY_S / SPEED**0.5):
            cursor.execute(
                "SELECT count(*) FILTER (WHERE backend_type = 'client backend'),"
                " pg_database_size(current_database()) FROM pg_stat_activity"
            )
            [(connections, database_bytes)] = cursor.fetchall()
            processes = [target.process, *target.process.children(recursive=True)]
            keep(
                Look(
                    sum(each.memory_full_info().pss for each in processes) / 1e6,
                    sum(each.num_fds() for each in processes),
                    sum(each.num_threads() for each in processes),
                    connections,
                    _size_of(target.spool) / 1e6,
                    database_bytes / 1e6,
                )
            )


def _size_of(folder: Path) -> int:
    size = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # delivered meanwhile
            size += file.stat().st_blocks * 512
    return size


def _print(looks: list[Look], summary: dict[str, Any], lost: int) -> int:
    third = len(looks) // 3
    thirds = [looks[:third], looks[third : 2 * third], looks[2 * third :]]
    print(f"\n| | {' | '.join(COLUMNS)} | list p95, ms |\n|---|{'---|' * (len(COLUMNS) + 1)}")
    medians = []
    for part, seen in zip(summary["parts"], thirds, strict=True):
        medians.append([statistics.median(each) for each in zip(*map(astuple, seen), strict=True)])
        cells = " | ".join(f"{figure:.0f}" for figure in medians[-1])
        print(f"| {part['name']} | {cells} | {part['p95_ms']} |")
    grown = [
        name
        for (name, least), before, after in zip(COLUMNS.items(), *medians[1:], strict=True)
        if after > before * FLAT and after - before >= least
    ]
    print(
        f"\n{summary['requests']['finished']:,} requests,"
        f" {summary['checks']['rate']:.4%} of checks,"
        f" {summary['dropped_iterations']} visits dropped, {lost} lines lost;"
        f" {'all flat' if not grown else 'GROWN: ' + ', '.join(grown)}"
    )
    is_whole = summary["checks"]["rate"] == 1 and not lost and not summary["dropped_iterations"]
    return int(bool(grown) or not is_whole)


if __name__ == "__main__":
    sys.exit(main())
