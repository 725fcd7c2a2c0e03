"""SQL that turns lines into events with the fields that a query names, as CloudWatch discovers them
in JSON.

Nested keys are joined by dots, list elements have their index as name, true and false are 1 and 0,
and of one event only the first 200 fields are discovered. A line that is not a JSON object is
skipped and counted by the sequence `skipped`.
"""

# ruff: noqa: S608 - these modules exist to write SQL; every name and text that goes into it is quoted

from collections.abc import Iterable, Sequence

from ..time_range import TimeRange
from .needles import Clause
from .values import quoted

MAX_FIELDS = 200  # of one event; AWS, "Supported logs and discovered fields", read 2026-11
_MIN_WIDE_BYTES = MAX_FIELDS * 6  # 200 fields take at least that: "a":1,

_SKIP = "nextval('skipped') < 0"  # false, and counted

# What a connection must define before it runs the SQL of this module.
DEFINITIONS = (
    "CREATE SEQUENCE skipped",
    "CREATE MACRO key_pointer(k) AS '/' || replace(replace(k, '~', '~0'), '/', '~1')",
    "CREATE MACRO is_leaf(x) AS json_type(x) NOT IN ('OBJECT', 'ARRAY')",
    "CREATE MACRO leaves(x) AS CASE WHEN is_leaf(x) THEN 1"
    " ELSE len(list_filter(json_extract(x, '$..*'), lambda each: is_leaf(each))) END",
    "CREATE MACRO leaves_by_key(x) AS list_transform(json_keys(x), lambda k: leaves(json_extract(x, key_pointer(k))))",
    # The list of one list is there to count only once: a macro's argument is evaluated wherever it
    # is named.
    "CREATE MACRO kept_keys(x) AS list_transform([leaves_by_key(x)], lambda counts: list_filter(json_keys(x),"
    f" lambda k, place: list_sum(counts[1:place]) <= {MAX_FIELDS}))[1]",
    "CREATE MACRO with_first_fields(x) AS '{' || array_to_string(list_transform(kept_keys(x),"
    " lambda k: to_json(k)::VARCHAR || ':' || json_extract(x, key_pointer(k))::VARCHAR), ',') || '}'",
    "CREATE MACRO is_wide(x) AS strlen(x) >= "
    f"{_MIN_WIDE_BYTES} AND strlen(x) - strlen(replace(x, ',', '')) >= {MAX_FIELDS}",
)


def column(name: str) -> str:
    """The SQL name of a discovered field's column."""
    return _identifier(f"field {name}")


def raw_column(name: str) -> str | None:
    """The SQL name of a field's column before its JSON type is looked at; a dotted name may be
    nested, so has none.
    """
    return None if "." in name else _identifier(f"raw {name}")


def events_sql(
    fields: Sequence[str],
    system: Iterable[str],
    clauses: Iterable[Clause],
    time_range: TimeRange,
    *,
    tolerant: bool,
) -> str:
    """SELECT of the events in `lines(line, filename)`: a column for each field and system field.

    A line that only looks like JSON is skipped and counted if `tolerant`, which takes a tenth
    longer; else it fails.
    """
    pointers = ["/timestamp"]
    columns = []
    for name in fields:
        places = _places(name)
        raw = raw_column(name)
        columns += [f"v[{len(pointers) + 1}] AS {raw}"] if raw else []
        columns.append(f"{_field_sql(places, len(pointers) + 1)} AS {column(name)}")
        pointers += places
    wanted = {*system, "@timestamp"}
    columns += [f'{sql} AS "{name}"' for name, sql in _SYSTEM.items() if name in wanted]
    joined = " LEFT JOIN files USING (filename)" if wanted & {"@log", "@logStream"} else ""
    parsed = _parsed_sql(pointers, clauses, tolerant=tolerant)
    return f"SELECT {', '.join(columns)} FROM ({parsed}){joined} WHERE true{_range_sql(time_range)}"


def _parsed_sql(pointers: list[str], clauses: Iterable[Clause], *, tolerant: bool) -> str:
    """SELECT of the lines that are JSON objects, with the texts at the pointers as the list `v`."""
    listed = ", ".join(map(quoted, pointers))
    extract = f"json_extract_string(line, [{listed}])"
    narrowed = f"json_extract_string(with_first_fields(line), [{listed}])"
    if tolerant:
        extract, narrowed = f"TRY({extract})", f"TRY({narrowed})"
    # OFFSET 0 keeps the database from moving conditions across it: a line is parsed once, and
    # counted if damaged.
    parsed = (
        f"SELECT CASE WHEN is_wide(line) THEN {narrowed} ELSE {extract} END AS v, line, filename FROM lines"
        f" WHERE CASE WHEN coalesce(line, '') = '' THEN false WHEN starts_with(line, '{{') AND ends_with(line, '}}')"
        f" THEN true{''.join(map(_clause_sql, clauses))} ELSE {_SKIP} END OFFSET 0"
    )
    if not tolerant:
        return f"SELECT v, line, filename FROM ({parsed}) WHERE v IS NOT NULL"  # so that every line is parsed
    return f"SELECT v, line, filename FROM ({parsed}) WHERE CASE WHEN v IS NULL THEN {_SKIP} ELSE true END OFFSET 0"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


_SYSTEM = {
    "@timestamp": "to_time(v[1])",
    "@message": "line",
    "@log": "log",
    "@logStream": "stream",
    "@ingestionTime": "NULL::TIMESTAMP",
}
SYSTEM_FIELDS = frozenset(_SYSTEM)


def _clause_sql(clause: Clause) -> str:
    return " AND (" + " OR ".join(f"contains(line, {quoted(text)})" for text in clause) + ")"


def _range_sql(time_range: TimeRange) -> str:
    conditions = ""
    if time_range.start_ms is not None:
        conditions += f" AND to_time(v[1]) >= make_timestamp_ms({time_range.start_ms})"
    if time_range.end_ms is not None:
        conditions += f" AND to_time(v[1]) <= make_timestamp_ms({time_range.end_ms})"
    return conditions


def _places(name: str) -> list[str]:
    """Where a field may stand in the JSON, as JSON pointers: under its whole name, or nested."""
    key = name.removeprefix("@") if name.startswith("@@") else name
    escaped = key.replace("~", "~0").replace("/", "~1")
    return ["/" + escaped] + (["/" + escaped.replace(".", "/")] if "." in key else [])


def _field_sql(places: list[str], first: int) -> str:
    leaves = [_leaf_sql(f"v[{first + offset}]", place) for offset, place in enumerate(places)]
    return leaves[0] if len(leaves) == 1 else f"coalesce({', '.join(leaves)})"


def _leaf_sql(value: str, place: str) -> str:
    """The value as text; only what may be a boolean, a list or a map is worth a look at its JSON
    type.

    All of those sort after '[', and most numbers, paths and statements do not: one comparison
    spares them the rest.
    """
    doubtful = (
        f"{value} IN ('true', 'false') OR starts_with({value}, '{{') OR starts_with({value}, '[')"
    )
    typed = f"leaf_text(json_type(line, {quoted(place)}), {value})"
    return f"CASE WHEN {value} >= '[' THEN CASE WHEN {doubtful} THEN {typed} ELSE {value} END ELSE {value} END"
