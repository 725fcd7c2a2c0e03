"""What the API costs a worker beside the least code that answers the same bytes: `make bench-api`."""

import statistics

from .database import database_with_todos
from .harness import Variant, compare, median_ratio

TODOS = 400
# What is measured: its path, how many requests make a round, and the ratio to the floor that is the goal.
CASES = {
    "health": ("/api/v1/health", 3000, 1.15),
    "one todo": ("/api/v1/todos/200", 1500, 1.2),
    "list of 400": ("/api/v1/todos?limit=400", 300, 1.1),
}
SMALL, LARGE, PAGE_GOAL = 1_000, 1_000_000, 1.2


def main() -> None:
    """Prints both tables."""
    with database_with_todos(TODOS) as uri:
        environment = {"SQLALCHEMY_DATABASE_URI": uri, "STRUCTURED_LOGGING": "off"}
        variants = {
            "TaskOverflow": Variant("todo:create_app()", environment),
            "floor": Variant("benchmarks.floor:floor()", environment),
            "usual": Variant("benchmarks.floor:usual()", environment),
        }
        print("Worker CPU per request in microseconds, median of the rounds; ratios to the floor of the same round\n")
        print(f"{'':14}{'TaskOverflow':>14}{'floor':>10}{'usual':>10}{'ratio':>10}{'goal':>8}{'usual ratio':>14}")
        for name, (path, requests, goal) in CASES.items():
            figures = compare(variants, path, requests)
            ours, floor, usual = (statistics.median(figures[variant]) for variant in variants)
            ratio = median_ratio(figures["TaskOverflow"], figures["floor"])
            usual_ratio = median_ratio(figures["usual"], figures["floor"])
            verdict = "met" if ratio <= goal else "MISSED"
            print(
                f"{name:14}{ours:14.0f}{floor:10.0f}{usual:10.0f}{ratio:10.2f}{goal:8.2f}{usual_ratio:14.2f}  {verdict}"
            )


if __name__ == "__main__":
    main()
