"""The statements of each route: what they took, who waited for locks in them, and their plans."""

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import PurePath

import duckdb

from .tally import Tally

__all__ = ["Holder", "RouteStatement", "most_alike", "route_statements"]

_PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|\$\d+|:\w+|\b(?:true|false|null)\b", re.IGNORECASE)
_COMPARED = 300  # characters; PostgreSQL's views cut statements
_ALIKE = 0.85

_SPENT = """
SELECT logged.route, fingerprint, any_value(statement), arg_max(location, ms), sum(n), sum(ms),
    arg_max(spent.id, ms), sum(weight)
FROM spent JOIN logged ON spent.id = logged.id
GROUP BY ALL ORDER BY sum(ms) DESC
"""
_SESSIONS = """
SELECT waiter.route, sessions.statement, coalesce(wait, ''), holder.route,
    sessions.blocker_statement, coalesce(sessions.blocker_state, '') LIKE 'idle%', sum(ms)
FROM sessions LEFT JOIN logged AS waiter ON sessions.id = waiter.id
    LEFT JOIN logged AS holder ON sessions.blocked_by = holder.id
WHERE state = 'active' GROUP BY ALL
"""


@dataclass(frozen=True)
class Holder:
    """Who held a lock: the route, if a request of the run did, what its session ran last, and
    whether it was idle meanwhile.
    """

    route: str | None
    statement: str | None
    is_idle: bool


@dataclass
class RouteStatement:
    """A statement of a route: its executions, and the share of their time that was a lock's."""

    route: str
    fingerprint: str
    text: str
    location: str | None
    n: int
    ms: float
    example: str
    requests: int
    active_ms: float = 0.0
    lock_ms: float = 0.0
    lock_kinds: Tally[str] = field(default_factory=Tally)
    holders: Tally[Holder] = field(default_factory=Tally)
    finding: str | None = None

    @property
    def lock_share(self) -> float:
        """Of its time, by the sessions that were sampled."""
        return self.lock_ms / self.active_ms if self.active_ms else 0.0


def route_statements(database: duckdb.DuckDBPyConnection) -> dict[str, list[RouteStatement]]:
    """The statements by route, first what took longest."""
    found: dict[str, list[RouteStatement]] = {}
    seen = [row[0] for row in database.execute("SELECT DISTINCT location FROM stacks").fetchall()]
    for route, fingerprint, text, location, n, ms, example, requests in database.execute(
        _SPENT
    ).fetchall():
        place = _same_place(location, seen) if location else None
        statement = RouteStatement(
            route,
            fingerprint,
            " ".join(text.split()),
            place,
            round(n),
            ms,
            example,
            round(requests),
        )
        found.setdefault(route, []).append(statement)
    _add_waits(database, found)
    findings = dict(database.execute("SELECT fingerprint, finding FROM plans").fetchall())
    for statements in found.values():
        for statement in statements:
            statement.finding = findings.get(statement.fingerprint)
    return found


def _same_place(told: str, seen: list[str]) -> str:
    """A place as a line tells it, by the name that a profile has for the same file and line; a path
    is shortened to the file's name where it was not seen.
    """
    where, _, function = told.partition(" ")
    file, _, line = where.rpartition(":")
    short = f"{PurePath(file).name}:{line}"
    return next(
        (each for each in seen if PurePath(each.partition(" ")[0]).name == short),
        f"{short} {function}",
    )


def _add_waits(
    database: duckdb.DuckDBPyConnection, statements: dict[str, list[RouteStatement]]
) -> None:
    every = [each for some in statements.values() for each in some]
    for route, text, wait, holder, holder_text, is_idle, ms in database.execute(
        _SESSIONS
    ).fetchall():
        meant = [each for each in every if route in (None, each.route)]
        statement = most_alike(text, meant)
        if statement is None:
            continue
        statement.active_ms += ms
        if wait.startswith("Lock:"):
            statement.lock_ms += ms
            statement.lock_kinds.add(wait.partition(":")[2], ms)
            if holder or holder_text:
                statement.holders.add(Holder(holder, holder_text, is_idle), ms)


def most_alike(text: str, statements: list[RouteStatement]) -> RouteStatement | None:
    """The statement that a session runs: the view has its values in it, and may have cut it."""
    wanted = _comparable(text)
    for statement in statements:
        known = _comparable(statement.text)
        if known == wanted or (len(wanted) > 100 and known.startswith(wanted)):
            return statement
    rated = [
        (SequenceMatcher(None, wanted, _comparable(each.text)).ratio(), number, each)
        for number, each in enumerate(statements)
        if each.text[:6].lower() == text[:6].lower()
    ]
    ratio, _, best = max(rated, default=(0.0, 0, None))
    return best if ratio >= _ALIKE else None


def _comparable(text: str) -> str:
    return " ".join(_PLACEHOLDER.sub("?", text).lower().split())[:_COMPARED]
