"""What it costs a query to know that its pooled connection is alive: `make bench-idle-check`."""

import statistics
import time

from sqlalchemy import Engine, create_engine, text

from todo.database import check_idle_connections, engine_url

from .database import database_with_todos
from .harness import median_ratio, progress

ROUNDS = 9
QUERIES = 2000


def main() -> None:
    """Prints a row for each way to check, against no check at all."""
    with database_with_todos(1) as uri:
        engines = {
            "no check": create_engine(engine_url(uri)),
            "look at the socket (ours)": create_engine(engine_url(uri)),
            "pool_pre_ping": create_engine(engine_url(uri), pool_pre_ping=True),
        }
        check_idle_connections(engines["look at the socket (ours)"])
        rounds = {name: [] for name in engines}
        for number in range(ROUNDS):
            for name, engine in engines.items():
                progress(f"round {number + 1}/{ROUNDS}  {name}")
                rounds[name].append(_measure(engine))
        progress("")
    baseline = rounds["no check"]
    print(
        f"{'':28}{'CPU us':>8}{'ratio':>8}{'wall us':>10}{'ratio':>8}   per connection and SELECT 1"
    )
    for name, figures in rounds.items():
        cells = ""
        for column, width in ((0, 8), (1, 10)):
            ours, theirs = ([figure[column] for figure in side] for side in (figures, baseline))
            cells += f"{statistics.median(ours):{width}.0f}{median_ratio(ours, theirs):8.2f}"
        print(f"{name:28}{cells}")


def _measure(engine: Engine) -> tuple[float, float]:
    statement = text("SELECT 1")
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(QUERIES):
        with engine.connect() as connection:
            connection.execute(statement)
    return (time.process_time() - cpu) / QUERIES * 1e6, (time.perf_counter() - wall) / QUERIES * 1e6


if __name__ == "__main__":
    main()
