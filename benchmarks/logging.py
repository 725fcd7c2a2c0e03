"""What the log lines cost a worker beside the same app without them: `make bench-logging`."""

import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from .database import database_with_todos
from .harness import Variant, compare, median_ratio, serving
from .logging_counts import print_counts
from .logging_parts import print_parts

TODOS = 400
ONE_TODO = "/api/v1/todos/200"
# What is measured: its path, how many requests make a round, and the goal for the ratio of all
# three events.
CASES = {"one todo": (ONE_TODO, 1500, 1.12), "list of 400": ("/api/v1/todos?limit=400", 300, 1.03)}
ALL_EVENTS = "request_started,query,http_client,request_finished"
# The events of our own, and the most bytes that a request for one todo may write.
SIZES = {"three events": (ALL_EVENTS, 900), "canonical line": ("request_finished", 500)}
OFF, OURS, SAMPLED = "logging off", "canonical_log", "10 % in full"
SAMPLED_GOAL = 1.06
REQUESTS_BEFORE = 10
WRITTEN_WITHIN_S = 10


def main() -> None:
    """Prints the tables."""
    with database_with_todos(TODOS) as uri:
        database = {"SQLALCHEMY_DATABASE_URI": uri}
        compare_with_others(database)
        compare_sizes(database)
        print_counts(
            {
                OFF: _environment(database, "none"),
                OURS: _environment(database, ALL_EVENTS),
                "its canonical line": _environment(database, "request_finished"),
                SAMPLED: _environment(database, ALL_EVENTS, "0.1"),
            },
            ONE_TODO,
            OFF,
        )
    print_parts()


def compare_with_others(database: Mapping[str, str]) -> None:
    """Worker CPU per request: ours, only its canonical line, and other libraries, all to the same
    sink.
    """
    print(
        "Worker CPU per request, in microseconds: median of the rounds; "
        "ratios to logging off in the same round."
    )
    variants = {
        OFF: _variant(database, "ours", "none"),
        OURS: _variant(database, "ours", ALL_EVENTS),
        "its canonical line": _variant(database, "ours", "request_finished"),
        SAMPLED: _variant(database, "ours", ALL_EVENTS, sample_rate="0.1"),
        "structlog": _variant(database, "with_structlog"),
        "python-json-logger": _variant(database, "obvious"),
        "Powertools' Logger": _variant(database, "powertools"),
        "OpenTelemetry": _variant(database, "opentelemetry"),
    }
    for case, (path, requests, goal) in CASES.items():
        figures = compare(variants, path, requests)
        print(f"\n{case:20}{'CPU':>8}{'ratio':>8}{'rounds':>16}{'goal':>8}")
        for name, rounds in figures.items():
            ratio = median_ratio(rounds, figures[OFF])
            ratios = [a / b for a, b in zip(rounds, figures[OFF], strict=True)]
            spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
            most = {OURS: goal, SAMPLED: min(goal, SAMPLED_GOAL)}.get(name)
            verdict = f"{most:8.2f}  {_verdict(ratio, most)}" if most else ""
            print(f"{name:20}{statistics.median(rounds):8.0f}{ratio:8.2f}{spread:>16}{verdict}")


def compare_sizes(database: Mapping[str, str]) -> None:
    """Bytes that a request for one todo writes."""
    print(f"\n{'bytes a request':20}{'bytes':>8}{'goal':>8}")
    for name, (events, goal) in SIZES.items():
        written = sum(map(len, _lines_of_one_request(database, events)))
        print(f"{name:20}{written:8}{goal:8}  {_verdict(written, goal)}")


def _variant(
    database: Mapping[str, str],
    contender: str,
    events: str = "none",
    output: str = "/dev/null",
    sample_rate: str = "1",
) -> Variant:
    environment = _environment(database, events, sample_rate)
    return Variant(f"benchmarks.contenders:{contender}()", environment, output=output)


def _environment(
    database: Mapping[str, str], events: str, sample_rate: str = "1"
) -> dict[str, str]:
    return {**database, "TODO_LOG_EVENTS": events, "TODO_LOG_SAMPLE_RATE": sample_rate}


def _lines_of_one_request(database: Mapping[str, str], events: str) -> list[bytes]:
    """The events of the last request, after some others, as CloudWatch gets them."""
    count = events.replace("http_client,", "").count(",") + 1
    with tempfile.NamedTemporaryFile() as file:
        output = Path(file.name)
        with serving(_variant(database, "ours", events, file.name)) as server:
            server.send(ONE_TODO, REQUESTS_BEFORE)
            give_up = time.monotonic() + WRITTEN_WITHIN_S
            while output.read_bytes().count(b'"request_finished"') < REQUESTS_BEFORE:
                if time.monotonic() > give_up:
                    raise RuntimeError("no lines were written")
                time.sleep(0.05)
            return [
                line for line in output.read_bytes().splitlines() if b'"correlation_id"' in line
            ][-count:]


def _verdict(figure: float, goal: float) -> str:
    return "met" if figure <= goal else "MISSED"


if __name__ == "__main__":
    main()
