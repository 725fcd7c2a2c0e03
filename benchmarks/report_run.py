"""Writes the load test that `benchmarks.report` reports on: k6's samples and an archive, always the
same.
"""

import csv
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import orjson

from .harness import progress

__all__ = ["RUN_ID", "write_run"]

RUN_ID = "capacity-20261123-100000"
START_MS = int(datetime(2026, 11, 23, 10, 20, tzinfo=UTC).timestamp() * 1000)
SECONDS = 400
COLUMNS = [
    *(
        "metric_name",
        "timestamp",
        "metric_value",
        "check",
        "error",
        "error_code",
        "expected_response",
        "name",
    ),
    *("scenario", "status", "extra_tags", "metadata"),
]
PHASES = ("connecting", "tls_handshaking", "sending", "waiting", "receiving")
ROUTES = (
    (
        "GET /todos",
        "GET",
        "/api/v1/todos",
        "SELECT t.id, t.title FROM todos AS t ORDER BY t.id DESC LIMIT %(rows)s",
    ),
    (
        "POST /todos",
        "POST",
        "/api/v1/todos",
        "INSERT INTO todos (title) VALUES (%(title)s) RETURNING todos.id",
    ),
    (
        "DELETE /todos/:id",
        "DELETE",
        "/api/v1/todos/<int:id>",
        "DELETE FROM todos WHERE todos.id = %(id)s",
    ),
)


def write_run(state: Path, requests: int) -> None:
    """Fill `load/RUN_ID` and `logs/taskoverflow` below the folder, with every request in both."""
    folder, stream = state / "load" / RUN_ID, state / "logs" / "taskoverflow" / "host"
    folder.mkdir(parents=True)
    stream.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(_run()), encoding="utf-8")
    source = random.Random(7)
    with (
        (folder / "samples.csv").open("w", encoding="utf-8", newline="") as samples,
        (stream / f"{datetime.fromtimestamp(START_MS / 1000, UTC):%Y-%m-%dT%H}.ndjson").open(
            "wb"
        ) as lines,
    ):
        writer = csv.writer(samples, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number in range(requests):
            _write_request(
                source, number, START_MS + number * SECONDS * 1000 // requests, writer, lines
            )
            if number % 1000 == 0:
                progress(f"writing {number:,} of {requests:,} requests")
    progress("")


def _run() -> dict[str, Any]:
    moment = datetime.fromtimestamp(START_MS / 1000, UTC)
    return {
        "run_id": RUN_ID,
        "script": "capacity",
        "endpoint": "http://127.0.0.1:6400",
        "k6_version": "1.1.0",
        "started_at": moment.isoformat(),
        "ended_at": datetime.fromtimestamp(START_MS / 1000 + SECONDS, UTC).isoformat(),
        "exit_code": 99,
        "thresholds": [
            {
                "metric": "http_req_duration{name:GET /todos}",
                "expression": "p(95)<500",
                "ok": False,
                "value": 812.5,
            },
            {"metric": "checks", "expression": "rate>0.99", "ok": True, "value": 0.998},
        ],
    }


def _write_request(
    source: random.Random, number: int, start_ms: int, writer: Any, lines: IO[bytes]
) -> None:
    """Requests queue longer and longer up to the middle of the run; one in 500 fails, one in 50 is
    an N+1.
    """
    name, method, route, statement = source.choices(ROUTES, (8, 1, 1))[0]
    correlation_id = f"{RUN_ID}-{number % 200 + 1}-{number}"
    load = 1 - abs(2 * (start_ms - START_MS) / (SECONDS * 1000) - 1)
    queries = 12 if source.random() < 0.02 else 1
    took_ms = [round(source.expovariate(1 / (6 if queries > 1 else 2)), 3) for _ in range(queries)]
    database_ms = round(sum(took_ms), 3)
    server_ms = round(database_ms + source.expovariate(1 / 4), 3)
    queue_ms = source.expovariate(1 / (0.3 + 400 * load**6))
    status = 500 if source.random() < 0.002 else 201 if method == "POST" else 200
    _write_samples(writer, correlation_id, name, status, start_ms, queue_ms + server_ms)
    shared = {"level": "INFO", "correlation_id": correlation_id, "run_id": RUN_ID}
    moment_ms = start_ms + queue_ms
    _write_line(
        lines, number, 0, moment_ms, {**shared, "event": "request_started", "http_method": method}
    )
    for place, each in enumerate(took_ms):
        moment_ms += each
        query = {
            "db_statement": statement,
            "db_fingerprint": name[:6],
            "db_duration_ms": each,
            "db_rowcount": 1,
        }
        _write_line(lines, number, place + 1, moment_ms, {**shared, "event": "query", **query})
    finished = {
        "http_method": method,
        "http_path": route,
        "http_route": route,
        "http_status": status,
        "duration_ms": server_ms,
        "cpu_ms": round(min(server_ms, 1.5), 3),
        "response_bytes": 4000,
        "db_query_count": queries,
        "db_time_ms": database_ms,
        **({"db_n_plus_one": True} if queries > 5 and database_ms > 50 else {}),
    }
    ended_ms = start_ms + queue_ms + server_ms
    _write_line(
        lines, number, queries + 1, ended_ms, {**shared, "event": "request_finished", **finished}
    )


def _write_samples(
    writer: Any, correlation_id: str, name: str, status: int, start_ms: int, total_ms: float
) -> None:
    metadata = f"correlation_id={correlation_id}"
    fine = status < 400
    tags = [
        "",
        "" if fine else "server error",
        "" if fine else 1500,
        str(fine).lower(),
        name,
        "load",
        status,
        "",
        metadata,
    ]
    end_ms = int(start_ms + total_ms)
    blocked_ms = total_ms / 10
    writer.writerow(
        ["requests_started", start_ms, 1, "", "", "", "", name, "load", "", "", metadata]
    )
    figures = {
        "http_reqs": 1,
        "http_req_duration": total_ms - blocked_ms,
        "http_req_blocked": blocked_ms,
    }
    figures |= {f"http_req_{phase}": total_ms / 10 for phase in PHASES} | {
        "http_req_failed": int(not fine)
    }
    for metric, value in figures.items():
        writer.writerow([metric, end_ms, f"{value:.6f}", *tags])
    writer.writerow(
        ["checks", end_ms, int(fine), "answers as it should", *[""] * 4, "load", "", "", metadata]
    )
    writer.writerow(["vus", end_ms, 200, *[""] * 9])


def _write_line(
    lines: IO[bytes], number: int, place: int, moment_ms: float, event: dict[str, Any]
) -> None:
    moment = datetime.fromtimestamp(moment_ms / 1000, UTC)
    stamp = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
    lines.write(
        orjson.dumps({"event_id": f"{number:x}-{place}", "timestamp": stamp, **event}) + b"\n"
    )
