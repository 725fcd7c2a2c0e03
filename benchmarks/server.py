"""What the settings of the server are worth, each alone: 16 clients, in turns, `make bench-server`.

All log lines are on, and go to the spool.
"""

import os
import statistics
import sys
import tempfile
from contextlib import ExitStack

import psutil

from .database import database_with_todos
from .harness import Variant, cpu_s, in_turn, progress, serving
from .load import load

ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = int(os.environ.get("SECONDS", "4"))
TODOS = 400
PATHS = {"one todo": "/api/v1/todos/200", "list of 100": "/api/v1/todos"}
AS_IT_IS = "as it is: 2 workers, 4 threads"
SETTINGS = {
    AS_IT_IS: {},
    "1 thread": {"TODO_THREADS": "1"},
    "2 threads": {"TODO_THREADS": "2"},
    "8 threads": {"TODO_THREADS": "8"},
    "1 worker": {"TODO_WORKERS": "1"},
    "4 workers": {"TODO_WORKERS": "4"},
    "GIL switch interval 1 ms": {"SWITCH_INTERVAL_S": "0.001"},
    "GIL switch interval 20 ms": {"SWITCH_INTERVAL_S": "0.02"},
    "gc.freeze() at the start": {"GC_FREEZE": "1"},
    "gc from 10,000 objects on": {"GC_THRESHOLD": "10000"},
    "preload": {"PRELOAD": "1"},
}


def main() -> None:
    """Prints tables in Markdown; the ratios are medians of those in the same round."""
    with database_with_todos(TODOS) as uri, tempfile.TemporaryDirectory() as spool:
        for name, path in PATHS.items():
            rounds = _measure(uri, spool, name, path)
            print(
                f"\n| {name} | requests/s | p99, ms | CPU a request, µs | ratio | spread | worth |"
            )
            print("|---|---|---|---|---|---|---|")
            for setting, figures in rounds.items():
                rates, p99s, costs = zip(*figures, strict=True)
                rate, p99, cost = map(statistics.median, (rates, p99s, costs))
                base = [cost for _, _, cost in rounds[AS_IT_IS]]
                ratios = [mine / own for mine, own in zip(costs, base, strict=True)]
                ratio = statistics.median(ratios)
                print(
                    f"| {setting} | {rate:.0f} | {p99:.1f} | {cost:.0f} | {ratio:.2f}"
                    f" | {min(ratios):.2f} to {max(ratios):.2f} | {_worth(ratios)} |",
                    flush=True,
                )


def _worth(ratios: list[float]) -> str:
    """What it does to the CPU time of a request, where all rounds agree."""
    if max(ratios) < 1:
        return "less CPU"
    return "more CPU" if min(ratios) > 1 else "nothing"


def _measure(
    uri: str, spool: str, name: str, path: str
) -> dict[str, list[tuple[float, float, float]]]:
    """Requests a second, p99 in ms and CPU in microseconds a request, of each round."""
    rounds: dict[str, list[tuple[float, float, float]]] = {setting: [] for setting in SETTINGS}
    with ExitStack() as stack:
        servers = {
            setting: stack.enter_context(serving(_variant(uri, spool, changed)))
            for setting, changed in SETTINGS.items()
        }
        for number in range(ROUNDS):
            for setting, server in in_turn(servers, number):
                progress(f"{name}  round {number + 1}/{ROUNDS}  {setting}")
                workers = psutil.Process(server.worker.ppid()).children()
                before = sum(map(cpu_s, workers))
                seen = load(f"http://127.0.0.1:{server.port}{path}", seconds=SECONDS)
                cpu_us = (sum(map(cpu_s, workers)) - before) / seen.requests * 1e6
                rounds[setting].append((seen.per_second, seen.p99_ms, cpu_us))
    progress("")
    return rounds


def _variant(uri: str, spool: str, changed: dict[str, str]) -> Variant:
    environment = {
        "SQLALCHEMY_DATABASE_URI": uri,
        "TODO_LOG_OUTPUT": "spool",
        "TODO_SPOOL_DIR": spool,
        "TODO_WORKERS": "2",
    } | changed
    command = "-m gunicorn --config python:benchmarks.server_config --bind 127.0.0.1:{port}"
    return Variant("", environment, server=[sys.executable, *command.split()])


if __name__ == "__main__":
    main()
