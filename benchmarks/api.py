"""What the API costs a worker beside the least code of the same answers: `make bench-api`."""

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from .database import Backends, database_with_todos
from .harness import ROUNDS, Server, Variant, in_turn, progress, serving

TODOS = 400
AS_SERVED = "as served"


@dataclass(frozen=True)
class Case:
    """What is measured: its path, how many requests make a round, and what it may cost as served:
    a worker, and the worker and PostgreSQL together, as ratios to the floor's.
    """

    path: str
    requests: int
    goal: float
    goal_of_both: float | None = None
    is_changed: bool = False
    """Whether a todo changes before each request."""


LIST = "/api/v1/todos?limit=400"
CASES = {
    "health": Case("/api/v1/health", 3000, 1.15),
    "one todo": Case("/api/v1/todos/200", 1500, 1.1),
    "list of 400": Case(LIST, 300, 0.35),
    "changed each time": Case(LIST, 300, 0.6, goal_of_both=0.8, is_changed=True),
}
TABLE_ROWS = (1_000, 1_000_000)
PAGES = {
    "first page": "/api/v1/todos",
    "a later page": "/api/v1/todos?cursor=AAADIA",
    "completed": "/api/v1/todos?completed=true",
    "window": "/api/v1/todos?window=36500",
}
PAGE_GOAL = 1.2


def main() -> None:
    """Prints both tables."""
    compare_with_floor()
    compare_table_sizes()


def compare_with_floor() -> None:
    """CPU per request of a worker and of PostgreSQL, beside the floor's and beside what people
    usually write.
    """
    print(
        "CPU per request, in microseconds: worker + PostgreSQL, medians of the rounds. In\n"
        "brackets the worker's ratio to the floor's in the same round. As served: the edge,\n"
        "three log lines a request to the spool. The others log nothing, under gthread.\n"
    )
    with database_with_todos(TODOS) as uri, tempfile.TemporaryDirectory() as spool:
        backends = Backends(uri)
        variants = _variants(uri, spool)
        print(f"{'':18}" + "".join(f"{name:>20}" for name in variants) + "   goals, as served")
        for name, case in CASES.items():
            figures = _measure(variants, case, backends)
            cells = (_cell(rounds, figures["floor"]) for rounds in figures.values())
            print(f"{name:18}" + "".join(f"{cell:>20}" for cell in cells) + _goals(figures, case))
        backends.close()


def _variants(uri: str, spool: str) -> dict[str, Variant]:
    database = {"SQLALCHEMY_DATABASE_URI": uri}
    quiet = database | {"TODO_LOG_EVENTS": "none"}
    logging = database | {"TODO_LOG_OUTPUT": "spool", "TODO_SPOOL_DIR": spool}
    edge = ["--config", "python:todo.serving.gunicorn_config"]
    edge += ["--worker-class", "todo.serving.edge.worker.EdgeWorker"]
    return {
        AS_SERVED: Variant("todo.serving.application:application()", logging, edge),
        "TaskOverflow": Variant("todo:create_app()", quiet),
        "floor": Variant("benchmarks.floor:floor()", quiet),
        "usual": Variant("benchmarks.usual:usual()", quiet),
    }


Costs = list[tuple[float, float]]  # of a worker and of PostgreSQL, one of each round


def _measure(variants: dict[str, Variant], case: Case, backends: Backends) -> dict[str, Costs]:
    figures: dict[str, Costs] = {name: [] for name in variants}
    before_each: Callable[[], None] = backends.change if case.is_changed else lambda: None
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(serving(variant)) for name, variant in variants.items()
        }
        for server in servers.values():
            server.send(case.path, max(100, case.requests // 10))
        for number in range(ROUNDS):
            for name, server in in_turn(servers, number):
                progress(f"{case.path}  round {number + 1}/{ROUNDS}  {name}")
                before = server.cpu_s(), backends.cpu_s()
                server.send(case.path, case.requests, before_each)
                after = server.cpu_s(), backends.cpu_s()
                worker, database = (
                    (end_s - start_s) / case.requests * 1e6
                    for start_s, end_s in zip(before, after, strict=True)
                )
                figures[name].append((worker, database))
    progress("")
    return figures


def _cell(rounds: Costs, floor: Costs) -> str:
    worker, database = (statistics.median(column) for column in zip(*rounds, strict=True))
    return f"{worker:.0f} + {database:.0f} ({_ratio(rounds, floor):.2f})"


def _ratio(rounds: Costs, floor: Costs, *, of_both: bool = False) -> float:
    return statistics.median(
        (ours[0] + of_both * ours[1]) / (least[0] + of_both * least[1])
        for ours, least in zip(rounds, floor, strict=True)
    )


def _goals(figures: dict[str, Costs], case: Case) -> str:
    ours, floor = figures[AS_SERVED], figures["floor"]
    text = f"   {case.goal:.2f} {_verdict(_ratio(ours, floor), case.goal)}"
    if case.goal_of_both:
        both = _ratio(ours, floor, of_both=True)
        verdict = _verdict(both, case.goal_of_both)
        text += f"; both together {case.goal_of_both:.2f} {verdict}: {both:.2f}"
    return text


def compare_table_sizes() -> None:
    """What a page costs the caller on a small and on a large table."""
    small, large = TABLE_ROWS
    print(
        "\nA page of 100 todos, in milliseconds from request to answer: "
        "median of the rounds' medians.\n"
    )
    print(f"{'':14}{small:>10,}{large:>12,}{'ratio':>8}{'goal':>8}   todos in the table")
    progress(f"filling a table with {large:,} todos")
    with ExitStack() as stack:
        uris = [stack.enter_context(database_with_todos(rows)) for rows in TABLE_ROWS]
        variants = [Variant("todo:create_app()", {"SQLALCHEMY_DATABASE_URI": uri}) for uri in uris]
        servers = [stack.enter_context(serving(variant)) for variant in variants]
        for name, path in PAGES.items():
            progress(name)
            rounds = [[_median_ms(server, path) for server in servers] for _ in range(ROUNDS)]
            on_small, on_large = (
                statistics.median(figures) for figures in zip(*rounds, strict=True)
            )
            ratio = statistics.median(large_ms / small_ms for small_ms, large_ms in rounds)
            progress("")
            print(
                f"{name:14}{on_small:10.2f}{on_large:12.2f}{ratio:8.2f}{PAGE_GOAL:8.2f}"
                f"   {_verdict(ratio, PAGE_GOAL)}"
            )


def _median_ms(server: Server, path: str, times: int = 100) -> float:
    figures = []
    for _ in range(times):
        before = time.perf_counter()
        server.send(path, 1)
        figures.append((time.perf_counter() - before) * 1000)
    return statistics.median(figures)


def _verdict(ratio: float, goal: float) -> str:
    return "met" if ratio <= goal else "MISSED"


if __name__ == "__main__":
    main()
