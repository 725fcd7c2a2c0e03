"""Which worker class, and how many workers and threads: the list of 100 under 16 clients, `make
bench-workers`.
"""

import statistics

import psutil

from .database import database_with_todos
from .harness import Variant, progress, serving
from .load import load

ROUNDS = 3
CHOICES = [("sync", 1, 1), ("sync", 2, 1), ("sync", 4, 1)]
CHOICES += [
    ("gthread", 1, 4),
    ("gthread", 2, 2),
    ("gthread", 2, 4),
    ("gthread", 2, 8),
    ("gthread", 4, 4),
]


def main() -> None:
    """Prints a row for each choice, the medians of its rounds."""
    print("class    workers  threads  requests/s   p50 ms   p99 ms   CPU us/request")
    with database_with_todos(400) as uri:
        figures = {choice: [] for choice in CHOICES}
        for number in range(ROUNDS):
            for choice in CHOICES:
                progress(f"round {number + 1}/{ROUNDS}  {choice}")
                figures[choice].append(_measure(uri, *choice))
    progress("")
    for (worker_class, workers, threads), rounds in figures.items():
        rate, p50, p99, cpu = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"{worker_class:8}{workers:8}{threads:9}{rate:12.0f}{p50:9.1f}{p99:9.1f}{cpu:17.0f}")


def _measure(
    uri: str, worker_class: str, workers: int, threads: int
) -> tuple[float, float, float, float]:
    environment = {
        "SQLALCHEMY_DATABASE_URI": uri,
        "TODO_THREADS": str(threads),
        "TODO_LOG_EVENTS": "none",
    }
    options = ["--worker-class", worker_class, "--workers", str(workers), "--threads", str(threads)]
    with serving(Variant("todo:create_app()", environment, options)) as server:
        master = psutil.Process(server.worker.ppid())
        server.send("/api/v1/todos", 200)
        before = _cpu_s(master)
        seen = load(f"http://127.0.0.1:{server.port}/api/v1/todos")
        cpu_us = (_cpu_s(master) - before) / seen.requests * 1e6
        return seen.per_second, seen.p50_ms, seen.p99_ms, cpu_us


def _cpu_s(master: psutil.Process) -> float:
    return sum(
        times.user + times.system for times in (child.cpu_times() for child in master.children())
    )


if __name__ == "__main__":
    main()
