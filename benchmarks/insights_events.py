"""Writes the log that `benchmarks.insights` asks: events of three days in an archive, always the
same.
"""

import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson

__all__ = ["write_archive"]

START = datetime(2026, 11, 20, tzinfo=UTC).timestamp()
SECONDS = 3 * 86_400
EVENTS_PER_REQUEST = 4.05  # on average: started, finished, two queries, an exception now and then
ROUTES = [
    ("GET", "/api/v1/todos", "/api/v1/todos"),
    ("GET", "/api/v1/todos/<int:id>", "/api/v1/todos/17"),
    ("POST", "/api/v1/todos", "/api/v1/todos"),
    ("PATCH", "/api/v1/todos/<int:id>", "/api/v1/todos/4"),
]
COLUMNS = "id, title, description, completed, deadline_at, created_at, updated_at"
STATEMENTS = [
    (f"SELECT {COLUMNS} FROM todos WHERE id = %(id)s", "SELECT", "9d6b2f10"),
    (
        f"SELECT {COLUMNS} FROM todos ORDER BY created_at DESC, id DESC LIMIT %(limit)s",
        "SELECT",
        "41c7e2aa",
    ),
    (
        "UPDATE todos SET title = %(title)s, updated_at = now() WHERE id = %(id)s",
        "UPDATE",
        "c2093c5e",
    ),
]


def write_archive(folder: Path, events: int) -> str:
    """Fill an archive with that many events, in two log streams; the correlation ID of one request
    in the middle.
    """
    source = random.Random(7)
    streams = [folder / f"web-{number}" for number in (1, 2)]
    for stream in streams:
        stream.mkdir(parents=True)
    step = SECONDS / events
    written, wanted, files = 0, "", {}
    while written < events:
        correlation_id = source.randbytes(16).hex()
        if not wanted and written > events // 2:
            wanted = correlation_id
        stream = source.choice(streams)
        for event in _request(source, correlation_id):
            moment = datetime.fromtimestamp(START + written * step, UTC)
            path = stream / f"{moment:%Y-%m-%dT%H}.ndjson"
            if path not in files:
                _close_older(files, moment)
                files[path] = path.open("ab")
            stamp = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
            line = {"event_id": f"{stream.name}-{written}", "timestamp": stamp, **event}
            files[path].write(orjson.dumps(line) + b"\n")
            written += 1
        if sys.stderr.isatty() and written % 1000 < 5:
            print(f"\rwriting {written:,} of {events:,} events", end="", file=sys.stderr)
    for file in files.values():
        file.close()
    return wanted


def _close_older(files: dict, moment: datetime) -> None:
    for path in [path for path in files if not path.name.startswith(f"{moment:%Y-%m-%dT%H}")]:
        files.pop(path).close()


def _request(source: random.Random, correlation_id: str) -> Iterator[dict]:
    method, route, path = source.choice(ROUTES)
    shared = {"level": "INFO", "correlation_id": correlation_id}
    yield {**shared, "event": "request_started", "http_method": method, "http_path": path}
    durations = [round(source.expovariate(1 / 3), 3) for _ in range(source.choice([1, 2, 2, 3]))]
    for duration_ms in durations:
        statement, operation, fingerprint = source.choice(STATEMENTS)
        yield {
            **shared,
            "event": "query",
            "db_statement": statement,
            "db_fingerprint": fingerprint,
            "db_operation": operation,
            "db_table": "todos",
            "db_rowcount": 1,
            "db_duration_ms": duration_ms,
        }
    status = source.choice([200] * 40 + [404, 500])
    if status == 500:
        yield _exception(correlation_id)
    yield {
        **shared,
        "event": "request_finished",
        "http_method": method,
        "http_path": path,
        "http_route": route,
        "http_status": status,
        "duration_ms": round(sum(durations) + source.expovariate(1 / 12), 3),
        "cpu_ms": round(source.expovariate(1 / 2), 3),
        "response_bytes": source.randrange(200, 5000),
        "client_ip": "127.0.0.1",
        "db_query_count": len(durations) + 10 * (source.random() < 0.01),
        "db_time_ms": round(sum(durations), 3),
        **({"db_n_plus_one": True} if source.random() < 0.01 else {}),
        **({"run_id": "run-7"} if source.random() < 0.5 else {}),
        "xray_trace_id": f"1-{correlation_id[:8]}-{correlation_id[8:]}",
        "trace_id": correlation_id,
        "traceId": correlation_id,
        "service": "taskoverflow",
        "version": "1.0.0",
        "env": "local",
    }


def _exception(correlation_id: str) -> dict:
    return {
        "level": "ERROR",
        "correlation_id": correlation_id,
        "event": "exception",
        "logger": "todo.api.errors",
        "message": "unhandled exception",
        "exception_type": "OperationalError",
        "exception_message": "server closed the connection unexpectedly",
        "exception_stack": 'File "todo/api/todos.py", line 40, in list_todos\n' * 12,
        "exception_location": "todo/api/todos.py:40 list_todos",
        "exception_fingerprint": "77aa01bc",
    }
