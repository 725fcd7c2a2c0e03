"""What the API costs a worker beside the least code of the same answers: `make bench-api`."""

import statistics
import time
from contextlib import ExitStack

from .database import database_with_todos
from .harness import ROUNDS, Server, Variant, compare, median_ratio, progress, serving

TODOS = 400
# What is measured: its path, how many requests make a round, and the goal for its ratio to the
# floor.
CASES = {
    "health": ("/api/v1/health", 3000, 1.15),
    "one todo": ("/api/v1/todos/200", 1500, 1.2),
    "list of 400": ("/api/v1/todos?limit=400", 300, 1.1),
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
    """Worker CPU per request, beside the floor's and beside what people usually write."""
    print(
        "Worker CPU per request, in microseconds: median of the rounds; "
        "ratios to the floor in the same round.\n"
    )
    print(
        f"{'':14}{'TaskOverflow':>14}{'floor':>8}{'usual':>8}"
        f"{'ratio':>8}{'goal':>8}{'usual ratio':>14}"
    )
    with database_with_todos(TODOS) as uri:
        environment = {"SQLALCHEMY_DATABASE_URI": uri, "TODO_LOG_EVENTS": "none"}
        variants = {
            "TaskOverflow": Variant("todo:create_app()", environment),
            "floor": Variant("benchmarks.floor:floor()", environment),
            "usual": Variant("benchmarks.floor:usual()", environment),
        }
        for name, (path, requests, goal) in CASES.items():
            figures = compare(variants, path, requests)
            medians = "".join(
                f"{statistics.median(figures[variant]):8.0f}" for variant in ("floor", "usual")
            )
            ratio, usual = (
                median_ratio(figures[variant], figures["floor"])
                for variant in ("TaskOverflow", "usual")
            )
            ours = statistics.median(figures["TaskOverflow"])
            print(
                f"{name:14}{ours:14.0f}{medians}{ratio:8.2f}{goal:8.2f}{usual:14.2f}"
                f"  {_verdict(ratio, goal)}"
            )


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
