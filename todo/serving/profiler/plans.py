"""The plans of the statements that a load test sends, each asked for once, without its values."""

import re
from typing import Any

import psycopg2
from sqlalchemy import Engine, event

from canonical_log.statements import describe

from ...profile_fields import PLAN
from . import lines

__all__ = ["Plans"]

_GENERIC_PLAN_SINCE = 160_000  # server_version_num; PostgreSQL 16, "EXPLAIN", option GENERIC_PLAN
_MOST_STATEMENTS = 200
_MOST_AT_ONCE = 10
_PLANNABLE = ("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")
_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%s|%%")
_COLUMN = re.compile(r"\(?\(?\"?(\w+)\"?\)?(?:::\w+)? (?:=|<|>|<=|>=|~~|IS|IN|=\s*ANY)")
_LARGE_TABLE_ROWS = 1000  # below, an index is no faster
_SELECTIVE = 0.1


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
                finding = _finding(cursor, plan)
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


def _walk(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(each for child in plan.get("Plans", []) for each in _walk(child))]


def _finding(cursor: Any, plan: dict[str, Any]) -> str | None:
    for node in _walk(plan):
        relation = node.get("Relation Name")
        if node["Node Type"] == "Seq Scan" and relation and "Filter" in node:
            rows = _rows_of(cursor, node)
            if rows is None:
                return f"{relation} was never analyzed, so that the planner guesses: ANALYZE it"
            if rows >= _LARGE_TABLE_ROWS and node["Plan Rows"] < rows * _SELECTIVE:
                return _missing_index(relation, rows, node)
    return None


def _missing_index(relation: str, rows: int, node: dict[str, Any]) -> str:
    columns = list(dict.fromkeys(_COLUMN.findall(node["Filter"])))
    advice = f": CREATE INDEX ON {relation} ({', '.join(columns)})" if columns else ""
    return (
        f"no index fits: all {rows:,} rows of {relation} are read to find about"
        f" {node['Plan Rows']:,}{advice}"
    )


def _rows_of(cursor: Any, node: dict[str, Any]) -> int | None:
    """About how many rows the table has; None when nobody has counted."""
    cursor.execute(
        "SELECT reltuples, (SELECT n_live_tup FROM pg_stat_user_tables AS s WHERE s.relid = c.oid)"
        " FROM pg_class AS c WHERE c.relname = %s AND c.relkind IN ('r', 'p')"
        " AND pg_table_is_visible(c.oid)",
        [node["Relation Name"]],
    )
    found = cursor.fetchone()
    if found is None:
        return 0
    counted, live = found
    if counted < 0 and (live or 0) >= _LARGE_TABLE_ROWS:
        return None
    return int(max(counted, live or 0))
