"""What is wrong with a plan, in words, with the index that would help."""

import re
from typing import Any

__all__ = ["finding_of", "nodes_of"]

Plan = dict[str, Any]
"""A node as EXPLAIN (FORMAT JSON) writes it, with its children under Plans."""

# A column, or a function of one, and how it is compared: `(lower((email)::text) = $1)`.
_TERM = re.compile(
    r"(?:\b(?P<function>[a-z_]\w*))?\(*\"?(?P<column>\b\w+)\"?\)*(?:::[\w ]+)?\)*"
    r" (?P<operator>=|<>|<=|>=|<|>|!?~~\*?|!?~\*?|IS|IN)"
)
_PATTERNS = ("~~", "~~*", "~", "~*")
_LARGE_TABLE_ROWS = 1000  # below, an index is no faster
_SELECTIVE = 0.1


def finding_of(cursor: Any, plan: Plan) -> str | None:
    """The first thing that is wrong with the plan; None when nothing is. The cursor, of the same
    database, is asked how large the tables are. Raises psycopg2.Error.
    """
    for node in nodes_of(plan):
        finding = _of_filter(cursor, node) or _of_sort(cursor, node)
        if finding:
            return finding
    return None


def nodes_of(plan: Plan) -> list[Plan]:
    """The node, and all below it."""
    return [plan, *(each for child in plan.get("Plans", []) for each in nodes_of(child))]


def _of_filter(cursor: Any, node: Plan) -> str | None:
    if node["Node Type"] != "Seq Scan" or "Relation Name" not in node or "Filter" not in node:
        return None
    relation, rows = node["Relation Name"], _rows_of(cursor, node)
    if rows is None:
        return f"{relation} was never analyzed, so that the planner guesses: ANALYZE it"
    if rows < _LARGE_TABLE_ROWS or node["Plan Rows"] >= rows * _SELECTIVE:
        return None
    return (
        f"no index fits: all {rows:,} rows of {relation} are read to find about"
        f" {node['Plan Rows']:,}{_index_for(node['Filter'], relation)}"
    )


def _index_for(condition: str, relation: str) -> str:
    """The advice, as the end of a sentence; nothing where no column is compared by itself."""
    plain: list[str] = []
    patterns: list[str] = []
    for term in _TERM.finditer(condition):
        function, column, operator = term["function"], term["column"], term["operator"]
        indexed = f"{function}({column})" if function else column
        (patterns if operator in _PATTERNS else plain).append(indexed)
    if plain:
        return f": CREATE INDEX ON {relation} ({', '.join(dict.fromkeys(plain))})"
    if patterns:
        columns = ", ".join(f"{each} gin_trgm_ops" for each in dict.fromkeys(patterns))
        return f": CREATE INDEX ON {relation} USING gin ({columns}), of the extension pg_trgm"
    return ""


def _of_sort(cursor: Any, node: Plan) -> str | None:
    """Of a few rows out of many, in an order for which all have to be looked at."""
    if node["Node Type"] != "Limit":
        return None
    below = nodes_of(node)
    sorts = [each for each in below if each["Node Type"] in ("Sort", "Incremental Sort")]
    scans = [each for each in below if "Relation Name" in each]
    if not sorts or len(scans) != 1 or scans[0]["Node Type"] != "Seq Scan":
        return None
    relation, rows = scans[0]["Relation Name"], _rows_of(cursor, scans[0])
    if rows is None or rows < _LARGE_TABLE_ROWS:
        return None
    keys = ", ".join(sorts[0]["Sort Key"])
    return (
        f"no index fits: all {rows:,} rows of {relation} are read and put in order for the first"
        f" few: CREATE INDEX ON {relation} ({keys})"
    )


def _rows_of(cursor: Any, node: Plan) -> int | None:
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
