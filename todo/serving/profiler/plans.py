"""The plans of the statements that a load test sends, each asked for once, without its values."""

import re
from typing import Any

import psycopg2
from sqlalchemy import Engine, event

from canonical_log.statements import describe

from ...profile_fields import PLAN
from . import lines
from .findings import finding_of

__all__ = ["Plans"]

_GENERIC_PLAN_SINCE = 160_000  # server_version_num; PostgreSQL 16, "EXPLAIN", option GENERIC_PLAN
_MOST_STATEMENTS = 200
_MOST_AT_ONCE = 10
_PLANNABLE = ("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")
_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%s|%%")


class Plans:
    """The statements that this process has sent while `watched`, each explained once."""

    def __init__(self) -> None:
        """Knows no statement yet."""
        self.watched = False
        self._new: dict[str, str] = {}
        self._known: set[str] = set()

    def listen(self) -> None:
        """Notices the statements of every engine of this process."""
        event.listen(Engine, "before_cursor_execute", self._notice)

    def _notice(
        self, _connection: Any, _cursor: Any, sql: str, _parameters: Any, _context: Any, _many: bool
    ) -> None:
        if self.watched and len(self._known) < _MOST_STATEMENTS:
            statement = describe(sql)
            if statement.fingerprint not in self._known:
                self._known.add(statement.fingerprint)
                if statement.operation in _PLANNABLE:
                    self._new[statement.fingerprint] = sql

    def explain_new(self, cursor: Any, run_id: str | None) -> None:
        """Writes a line for the plan of each statement that is new. One that cannot be planned
        without its values has none.
        """
        if cursor.connection.server_version < _GENERIC_PLAN_SINCE:
            return
        for fingerprint in list(self._new)[:_MOST_AT_ONCE]:
            sql = self._new.pop(fingerprint)
            try:
                cursor.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {_numbered(sql)}")
                plan = cursor.fetchone()[0][0]["Plan"]
                finding = finding_of(cursor, plan)
            except psycopg2.Error:
                continue
            fields = {
                "run_id": run_id,
                "db_fingerprint": fingerprint,
                "db_statement": describe(sql).text,
                "db_plan": " > ".join(_nodes(plan)),
                "db_finding": finding,
            }
            lines.write(PLAN, fields)


def _numbered(sql: str) -> str:
    """The statement with $1, $2, ... for the driver's placeholders; it is not sent with values, so
    that a percent sign stands for itself.
    """
    numbers: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        name = match[1] or f" {len(numbers)}"
        return f"${numbers.setdefault(name, len(numbers) + 1)}"

    return _PLACEHOLDER.sub(number, sql)


def _nodes(plan: dict[str, Any]) -> list[str]:
    text = str(plan["Node Type"])
    for name, place in (("Relation Name", "on"), ("Index Name", "by")):
        if name in plan:
            text += f" {place} {plan[name]}"
    condition = plan.get("Filter") or plan.get("Index Cond") or plan.get("Recheck Cond")
    if condition:
        text += f" where {describe(condition).text}"
    text += f" ({plan['Plan Rows']:,} rows expected)"
    return [text, *(each for child in plan.get("Plans", []) for each in _nodes(child))]
