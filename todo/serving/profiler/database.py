"""A thread that looks at the sessions of the database ten times a second: what they run, what they
wait for, and who holds the lock. One worker of all does it, over a connection of its own.
"""

import re
import time
from collections import defaultdict
from contextlib import suppress
from typing import Any, NamedTuple

import psycopg2
from sqlalchemy import make_url

from canonical_log.statements import describe

from ...profile_fields import DATABASE
from . import lines
from .plans import Plans
from .requests import ActiveRequests

__all__ = ["DatabaseWatch"]

_EVERY_S = 0.1
_WRITE_EVERY_S = 2.0
_TRY_AGAIN_S = 2.0
_MOST_ROWS = 200
_LONGEST_STATEMENT = 1000
_LOCK = 0x746F646F  # of pg_try_advisory_lock; the one who has it looks
_OPTIONS = (
    "-c default_transaction_read_only=on -c statement_timeout=1000 -c lock_timeout=50 -c jit=off"
)
_CORRELATION_ID = re.compile(r"correlation_id:([A-Za-z0-9._-]{1,128})")

_SESSIONS = """
SELECT pid, state, CASE WHEN wait_event_type <> 'Client' OR state <> 'idle in transaction'
        THEN concat_ws(':', wait_event_type, wait_event) END,
    query,
    CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) ELSE '{}' END
FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


class _Session(NamedTuple):
    pid: int
    state: str | None
    wait: str | None
    query: str
    blocked_by: list[int]

    @property
    def correlation_id(self) -> str | None:
        found = _CORRELATION_ID.search(self.query)
        return found[1] if found else None

    @property
    def statement(self) -> str:
        return describe(self.query).text[:_LONGEST_STATEMENT]


class _Key(NamedTuple):
    correlation_id: str | None
    state: str
    wait: str | None
    statement: str
    blocked_by: str | None
    blocker_statement: str | None
    blocker_state: str | None


class DatabaseWatch:
    """What one worker sees of the database's sessions. `run` is the thread's own."""

    def __init__(self, requests: ActiveRequests, uri: str) -> None:
        """Connects to nothing yet."""
        self._requests = requests
        url = make_url(uri).set(drivername="postgresql")
        self._uri = url.render_as_string(hide_password=False)
        self._plans = Plans()
        self._plans.listen()

    def run(self) -> None:
        """Looks until there has been no request of a load test for some seconds. While the database
        cannot be reached, or another worker looks, it tries again now and then.
        """
        while self._requests.is_wanted():
            with suppress(psycopg2.Error):  # the requests say what is wrong with the database
                self._look()
            self._wait(_TRY_AGAIN_S)

    def _look(self) -> None:
        connection = psycopg2.connect(
            self._uri, application_name="taskoverflow-profiler", options=_OPTIONS, connect_timeout=5
        )
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
                if cursor.fetchone() != (True,):
                    return
                self._plans.watched = True
                while self._requests.is_wanted():
                    self._sample_and_write(cursor)
        finally:
            self._plans.watched = False
            connection.close()

    def _sample_and_write(self, cursor: Any) -> None:
        rows: defaultdict[_Key, float] = defaultdict(float)
        started_s = last_s = time.monotonic()
        while last_s - started_s < _WRITE_EVERY_S and self._requests.is_wanted():
            time.sleep(_EVERY_S)
            cursor.execute(_SESSIONS)
            sessions = {row[0]: _Session(*row) for row in cursor.fetchall()}
            now_s = time.monotonic()
            for session in sessions.values():
                if session.state not in (None, "idle"):
                    rows[_key(session, sessions)] += (now_s - last_s) * 1000
            last_s = now_s
        self._write(rows)
        self._plans.explain_new(cursor, self._requests.run_id)

    def _write(self, rows: dict[_Key, float]) -> None:
        ranked = sorted(rows.items(), key=lambda row: row[1], reverse=True)
        rest: defaultdict[_Key, float] = defaultdict(float)
        for key, ms in ranked[_MOST_ROWS:]:
            rest[key._replace(correlation_id=None, blocked_by=None)] += ms
        for key, ms in [*ranked[:_MOST_ROWS], *rest.items()]:
            fields = {
                "run_id": self._requests.run_id,
                "correlation_id": key.correlation_id,
                "profile_ms": round(ms, 1),
                "db_session_state": key.state,
                "db_wait": key.wait or None,
                "db_statement": key.statement,
                "db_blocked_by": key.blocked_by,
                "db_blocker_statement": key.blocker_statement,
                "db_blocker_state": key.blocker_state,
            }
            lines.write(DATABASE, fields)

    def _wait(self, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s and self._requests.is_wanted():
            time.sleep(_EVERY_S)


def _key(session: _Session, sessions: dict[int, _Session]) -> _Key:
    holder = _holder(session, sessions)
    return _Key(
        session.correlation_id,
        session.state or "",
        session.wait,
        session.statement,
        holder.correlation_id if holder else None,
        holder.statement if holder else None,
        holder.state if holder else None,
    )


def _holder(session: _Session, sessions: dict[int, _Session]) -> _Session | None:
    """The session at the head of those that wait for each other; itself it waits for no lock."""
    seen = {session.pid}
    at = session
    while True:
        ahead = [pid for pid in at.blocked_by if pid in sessions and pid not in seen]
        if not ahead:
            return None if at is session else at
        seen.add(ahead[0])
        at = sessions[ahead[0]]
