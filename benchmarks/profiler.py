"""What it costs a worker that a load test's requests are sampled: `make bench-profiler`.

One client, as fast as it can, on the edge with all log lines on: the profiler's work goes by time
and not by request, so that few requests have most of it.
"""

import os
import statistics
import tempfile

from .database import database_with_todos
from .harness import Variant, compare, median_ratio

ROUNDS = int(os.environ.get("ROUNDS", "9"))
REQUESTS = int(os.environ.get("REQUESTS", "2000"))
PATHS = {"one todo": "/api/v1/todos/200", "list of 100": "/api/v1/todos"}
OFF = "of a load test, not sampled"
EDGE = ("--config", "python:todo.serving.gunicorn_config", "--worker-class")


def main() -> None:
    """Prints a row for each kind of request; the ratios are medians of those in one round."""
    with database_with_todos(400) as uri, tempfile.TemporaryDirectory() as spool:
        own = {
            "SQLALCHEMY_DATABASE_URI": uri,
            "TODO_LOG_OUTPUT": "spool",
            "TODO_SPOOL_DIR": spool,
        }
        off = own | {"TODO_PROFILE_LOAD_TESTS": "false"}
        run = {"X-Run-ID": "bench"}
        edge = [*EDGE, "todo.serving.edge.worker.EdgeWorker"]
        app = "todo:create_app()"
        variants = {
            OFF: Variant(app, off, edge, headers=run),
            "of a load test, sampled": Variant(app, own, edge, headers=run),
            "of no load test": Variant(app, own, edge),
        }
        print(f"{'':32}" + "".join(f"{name:>14}{'ratio':>8}{'spread':>12}" for name in PATHS))
        figures = {name: compare(variants, path, REQUESTS, ROUNDS) for name, path in PATHS.items()}
    for variant in variants:
        cells = ""
        for rounds in figures.values():
            mine, base = rounds[variant], rounds[OFF]
            ratios = [one / other for one, other in zip(mine, base, strict=True)]
            spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
            cells += (
                f"{statistics.median(mine):11.0f} us{median_ratio(mine, base):8.2f}{spread:>12}"
            )
        print(f"{variant:32}{cells}")


if __name__ == "__main__":
    main()
