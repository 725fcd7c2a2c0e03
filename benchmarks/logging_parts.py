"""Where the microseconds of a request's log lines go: each part by itself, in a loop."""

import logging
import os
import timeit
from collections.abc import Callable
from typing import Any

from canonical_log import JsonFormatter
from canonical_log.canonical import canonical_line, started_line
from canonical_log.correlation import identify
from canonical_log.event_record import EventRecord
from canonical_log.state import RequestState
from canonical_log.statements import describe

__all__ = ["print_parts"]

LOOPS, REPEATS = 5000, 7
STATEMENT = "SELECT t.id, t.title, t.completed FROM todos AS t WHERE t.id = %(id)s"
EVENTS = 3


def print_parts() -> None:
    """Prints the microseconds that each part takes in a request with one statement; the best of the
    repeats.
    """
    print("\nwhere the microseconds of the three events go (each part in a loop, its caches warm)")
    total_us = 0.0
    for name, times, part in _parts():
        part_us = min(timeit.repeat(part, number=LOOPS, repeat=REPEATS)) / LOOPS * 1e6 * times
        total_us += part_us
        print(f"{name:48}{part_us:8.1f}")
    print(f"{'together':48}{total_us:8.1f}")


def _parts() -> list[tuple[str, int, Callable[[], Any]]]:
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/api/v1/todos/200",
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
    }
    state = RequestState(environ, identify(environ))
    state.name, state.status, state.bytes_sent = "/api/v1/todos/<int:id>", 200, 221
    state.database.add_statement("d2e0a693", 3e-4)
    record = EventRecord("canonical_log", logging.INFO, canonical_line(state, None))
    formatter = JsonFormatter()
    line = formatter.format(record)
    sink = open(os.devnull, "w")  # noqa: SIM115  # open for as long as the parts are measured
    return [
        ("the request's ids and clocks", 1, lambda: RequestState(environ, identify(environ))),
        ("the fields of request_started", 1, lambda: started_line(state)),
        ("the statement's description (known by then)", 1, lambda: describe(STATEMENT)),
        (
            "the fields of request_finished, and its roll-up",
            1,
            lambda: canonical_line(state, None),
        ),
        (
            "a record for each event",
            EVENTS,
            lambda: EventRecord("canonical_log", logging.INFO, record.fields),
        ),
        ("formatting each event: its time, and orjson", EVENTS, lambda: formatter.format(record)),
        ("writing and flushing each line", EVENTS, lambda: (sink.write(line), sink.flush())),
    ]
