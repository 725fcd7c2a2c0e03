"""Small load tests made by hand: k6's samples and log lines, request by request."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from logs_insights import run_local
from todo.loadtest.report import Report, make_report
from todo.loadtest.run import read_run
from todo.views.archive import archive_files

RUN_ID = "smoke-20261123-100000"
START_MS = int(datetime(2026, 11, 23, 10, tzinfo=UTC).timestamp() * 1000)
COLUMNS = (
    "metric_name,timestamp,metric_value,check,error,error_code,expected_response,name,scenario,"
    "status,extra_tags,metadata"
)


@dataclass
class LoadRun:
    """A load test's folder and the archive of its server, which tests fill."""

    state: Path
    samples: list[list[object]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.state / "load" / RUN_ID

    def sent(
        self,
        number: int,
        *,
        name="GET /todos",
        status=200,
        total_ms=20.0,
        blocked_ms=0.0,
        error="",
        code="",
    ) -> str:
        """A request that k6 finished; its ID."""
        self.begun(number, name=name)
        failed = int(not 200 <= status < 400)
        end_ms = START_MS + number * 100 + int(total_ms)
        tags = [
            "",
            error,
            code,
            str(not failed).lower(),
            name,
            "default",
            status,
            "",
            self.metadata(number),
        ]
        figures = {
            "http_reqs": 1,
            "http_req_duration": total_ms - blocked_ms,
            "http_req_blocked": blocked_ms,
        }
        for metric, value in (figures | {"http_req_failed": failed}).items():
            self.samples.append([metric, end_ms, value, *tags])
        return self.id(number)

    def begun(self, number: int, *, name="GET /todos") -> str:
        """A request that k6 began; its ID."""
        tags = [""] * 4 + [name, "default", "", "", self.metadata(number)]
        self.samples.append(["requests_started", START_MS + number * 100, 1, "", *tags[1:]])
        return self.id(number)

    def logged(
        self,
        number: int,
        *,
        server_ms=10.0,
        database_ms=4.0,
        queries=1,
        status=200,
        is_written=True,
        sample_rate=None,
        **fields: Any,
    ) -> None:
        """What the application logs of a request: its start, its statements, its canonical line;
        the statements only where they are written.
        """
        sampled = {} if sample_rate is None else {"sample_rate": sample_rate}
        start_ms = START_MS + number * 100
        self.log(
            number,
            0,
            start_ms,
            event="request_started",
            http_method="GET",
            http_path="/api/v1/todos",
        )
        for place in range(queries if is_written else 0):
            each_ms = database_ms / queries
            statement = {
                "db_statement": "SELECT * FROM todos",
                "db_fingerprint": "f1",
                "db_duration_ms": each_ms,
                **sampled,
            }
            self.log(
                number, place + 1, start_ms + each_ms * (place + 1), event="query", **statement
            )
        finished = {
            "http_method": "GET",
            "http_route": "/api/v1/todos",
            "http_status": status,
            "duration_ms": server_ms,
        }
        finished |= {"cpu_ms": 1.0, "db_query_count": queries, "db_time_ms": database_ms}
        self.log(
            number,
            queries + 1,
            start_ms + server_ms,
            event="request_finished",
            **finished,
            **sampled,
            **fields,
        )

    def log(self, number: int, place: int, moment_ms: float, **fields: Any) -> None:
        moment = datetime.fromtimestamp(moment_ms / 1000, UTC)
        stamp = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
        shared = {"event_id": f"{number:x}-{place}", "timestamp": stamp, "level": "INFO"}
        self.lines.append({**shared, "correlation_id": self.id(number), "run_id": RUN_ID, **fields})

    def sampled(self, number: int, state: str, ms: float, location: str, **fields: Any) -> None:
        """What a profiler saw of the thread that served the request, and its worker's own line."""
        stack = {
            "http_method": "GET",
            "http_route": "/api/v1/todos",
            "profile_state": state,
            "profile_ms": ms,
            "profile_location": location,
            "profile_stack": f"server.py:1 serve;{location}",
        }
        place = 1000 + len(self.lines)
        self.log(number, place, START_MS + number * 100, event="profile_stack", **(stack | fields))

    def blocked(self, number: int, ms: float, *, by: int, statement: str, state: str) -> None:
        """What a profiler saw of the request's session, which waits for a lock of another's."""
        self.log(
            number,
            900,
            self.samples[0][1],
            event="profile_database",
            profile_ms=ms,
            db_session_state="active",
            db_statement="SELECT * FROM todos",
            db_wait="Lock:relation",
            db_blocked_by=self.id(by),
            db_blocker_statement=statement,
            db_blocker_state=state,
        )

    def locks_the_table(self, number: int) -> None:
        """Makes a POST of the request that was logged, whose statement takes the table's lock."""
        for line in self.lines:
            if line["correlation_id"] == self.id(number) and line["event"] == "query":
                line |= {"db_statement": "LOCK TABLE todos", "db_fingerprint": "f9"}
            if line["correlation_id"] == self.id(number) and line["event"] == "request_finished":
                line |= {"http_method": "POST"}

    def worker(self, *, threads: int = 4, **fields: Any) -> None:
        """What a profiler says of its worker."""
        told = {
            "profile_elapsed_ms": 2000,
            "profile_cpu_ms": 500,
            "profile_late_ms": 1,
            "profile_gc_ms": 5,
            "profile_rss_bytes": 90_000_000,
            "profile_threads": threads,
        }
        self.log(0, 5000 + len(self.lines), START_MS, event="profile_worker", **(told | fields))

    def id(self, number: int) -> str:
        return f"{RUN_ID}-1-{number}"

    def metadata(self, number: int) -> str:
        return f"correlation_id={self.id(number)}"

    def write(self, **run: Any) -> None:
        """Everything to disk."""
        self.folder.mkdir(parents=True, exist_ok=True)
        described = {"run_id": RUN_ID, "script": "smoke", "endpoint": "http://127.0.0.1:6400"}
        described |= {
            "started_at": "2026-11-23T10:00:00Z",
            "ended_at": "2026-11-23T10:00:30Z",
            "exit_code": 0,
        }
        (self.folder / "run.json").write_text(json.dumps(described | run), encoding="utf-8")
        with (self.folder / "samples.csv").open("w", encoding="utf-8", newline="") as file:
            file.write(COLUMNS + "\n")
            csv.writer(file, lineterminator="\n").writerows(self.samples)
        stream = self.state / "logs" / "taskoverflow" / "host"
        stream.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{json.dumps(line)}\n" for line in self.lines)
        (stream / "2026-11-23T10.ndjson").write_text(text, encoding="utf-8")

    def report(self, **run: Any) -> Report:
        """The report on what has been sent and logged."""
        self.write(**run)

        def ask(text, span):
            return run_local(
                text, archive_files(self.state / "logs", "taskoverflow", span), time_range=span
            )

        return make_report(
            read_run(self.folder), self.folder / "samples.csv", ask, logs="the archive"
        )


@pytest.fixture
def load_run(tmp_path: Path) -> LoadRun:
    """An empty load test."""
    return LoadRun(tmp_path)


@pytest.fixture
def chequered(load_run: LoadRun) -> Callable[[], LoadRun]:
    """Call it for a load test in which everything that a report tells apart has happened."""

    def fill() -> LoadRun:
        for number in range(20):
            load_run.sent(number, total_ms=20 + number, blocked_ms=1)
            load_run.logged(number)
        load_run.sent(
            20, name="POST /todos", status=500, error='duplicate "key", value', code="1500"
        )
        load_run.logged(20, status=500, outcome="exception")
        load_run.log(
            20,
            9,
            START_MS + 2005,
            event="exception",
            exception_type="KeyError",
            exception_message="<b>no</b>",
        )
        load_run.sent(21, status=0, total_ms=0, error="connection refused", code="1212")
        load_run.sent(22)  # lost
        load_run.begun(23)
        load_run.begun(24)
        load_run.logged(24)
        load_run.logged(25)  # not k6's
        load_run.sent(26, name="GET /health")
        load_run.sent(27, total_ms=400)
        load_run.logged(27, server_ms=380, database_ms=350, queries=50, db_n_plus_one=True)
        load_run.samples += [
            ["checks", START_MS, 0, "todo is created", *[""] * 4, "default", "", "", ""]
        ]
        load_run.samples += [["vus", START_MS, 12, *[""] * 9]]
        return load_run

    return fill
