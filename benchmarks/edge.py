"""What a request costs in the edge and in what could stand in its place: `make bench-edge`."""

import os
import socket
import statistics
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from todo.api.keys import new_key

from .database import database_with_todos
from .harness import ROUNDS, Variant, compare, median_ratio, serving

GOAL = 1.0
TODOS = 400
# The path of each call, and how many requests make a round.
CASES = {
    "health": ("/api/v1/health", 2000),
    "one todo": ("/api/v1/todos/200", 1000),
    "100 todos": ("/api/v1/todos?limit=100", 500),
}
PART_ROUNDS = 15
IDLE_CONNECTIONS = 800
ALIVE = b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
OTHERS = Path("var/bench-edge")  # where the Makefile installs what the project does not need
GRANIAN = "--interface wsgi --factory --workers 1 --blocking-threads 4 --log-level error"


def main() -> int:
    """Prints a row for each server; exit code 1 when the edge misses its goal."""
    with database_with_todos(TODOS) as uri:
        figures = {
            call: compare(_variants(uri), path, requests, ROUNDS)
            for call, (path, requests) in CASES.items()
        }
        idle_bytes = _idle_bytes(_variants(uri)["edge"])
        parts_us = _parts_us(_variants(uri)["edge"])
    print("Worker CPU per request, in microseconds: median of the rounds; in brackets the median")
    print(f"of the ratios to gthread's in the same round. Goal of the edge: at most {GOAL}.\n")
    print(f"{'':22}" + "".join(f"{call:>18}" for call in CASES))
    for name in figures["health"]:
        cells = (_cell(figures[call][name], figures[call]["gthread"]) for call in CASES)
        print(f"{name:22}" + "".join(f"{cell:>18}" for cell in cells))
    ratios = [median_ratio(each["edge"], each["gthread"]) for each in figures.values()]
    print(f"\ngoal {'met' if max(ratios) <= GOAL else 'MISSED'}: {max(ratios):.2f} at the most")
    print(f"an idle connection of the edge takes {idle_bytes:,.0f} bytes of the worker's memory")
    print("of a request for one todo, the median of the differences in a round:")
    for part, figures_us in parts_us.items():
        spread = f"({min(figures_us):.0f} to {max(figures_us):.0f})"
        print(f"  {part} {statistics.median(figures_us):.0f} us {spread}")
    return int(max(ratios) > GOAL)


def _parts_us(edge: Variant) -> dict[str, list[float]]:
    """What the parts cost that a request pays for whatever it asks, a figure a round."""
    key, known = new_key("bench", is_read_only=True)
    keys = {**edge.environment, "TODO_API_KEYS": known.entry()}
    variants = {
        "edge": edge,
        "no deadline": replace(edge, app="benchmarks.edge_apps:without_deadline()"),
        "no watchdog": replace(edge, app="benchmarks.edge_apps:without_watchdog()"),
        "keys": replace(edge, environment=keys, headers={"Authorization": f"Bearer {key}"}),
    }
    figures = compare(variants, *CASES["one todo"], PART_ROUNDS)

    def differences(more: str, less: str) -> list[float]:
        return [a - b for a, b in zip(figures[more], figures[less], strict=True)]

    return {
        "its deadline and the watchdog": differences("edge", "no deadline"),
        "of which the watchdog": differences("edge", "no watchdog"),
        "the check of an API key": differences("keys", "edge"),
    }


def _idle_bytes(variant: Variant) -> float:
    """What a worker grows by for each connection that was used once and is kept."""
    with serving(variant) as server, ExitStack() as stack:
        server.send("/api/v1/health", 1000)
        before = server.worker.memory_info().rss
        for _ in range(IDLE_CONNECTIONS):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            client.sendall(ALIVE)
            client.recv(4096)
        return (server.worker.memory_info().rss - before) / IDLE_CONNECTIONS


def _cell(figures: list[float], baseline: list[float]) -> str:
    return f"{statistics.median(figures):.0f} ({median_ratio(figures, baseline):.2f})"


def _variants(uri: str) -> dict[str, Variant]:
    own = {"SQLALCHEMY_DATABASE_URI": uri, "TODO_LOG_EVENTS": "none"}
    app = "todo:create_app()"
    edge = ["--worker-class", "todo.serving.edge.worker.EdgeWorker"]
    variants = {"gthread": Variant(app, own), "edge": Variant(app, own, edge)}
    if not OTHERS.is_dir():
        print(f"{OTHERS} is not there: only gthread and the edge are compared", file=sys.stderr)
        return variants
    paths = [str(OTHERS.resolve()), os.environ.get("PYTHONPATH", "")]
    others = own | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    granian = [sys.executable, "-m", "granian", *GRANIAN.split(), "--port", "{port}"]
    return variants | {
        "gevent + psycogreen": Variant(
            "benchmarks.edge_apps:green()", others, ["--worker-class", "gevent"]
        ),
        "asgi + a2wsgi": Variant("benchmarks.edge_apps:asgi()", others, ["--worker-class", "asgi"]),
        "granian": Variant(app, others, server=[*granian, "todo:create_app"]),
    }


if __name__ == "__main__":
    sys.exit(main())
