"""SQL that turns lines into events with the fields that a query names, as CloudWatch discovers
them.

In JSON, nested keys are joined by dots, list elements have their index as name, true and false are
1 and 0, and of one event only the first 200 fields are discovered. What is discovered in other
lines is in `plaintext`.
"""

# ruff: noqa: S608 - this writes SQL; every name and text that goes into it is quoted

from collections.abc import Iterable, Sequence
from itertools import pairwise

from ..time_range import TimeRange
from . import plaintext
from .needles import Clause
from .pointers import dotted_places, parts_of, places
from .values import quoted

MAX_FIELDS = 200  # of one event; AWS, "Supported logs and discovered fields", read 2026-11
_MIN_WIDE_BYTES = MAX_FIELDS * 6  # 200 fields take at least that: "a":1,

# The events of JSON files may name their time otherwise than `timestamp`, seconds since 1970 too.
_OTHER_TIMES = ("/@timestamp", "/time", "/eventTime", "/ts")
_NO_TIME = "error('no JSON with a timestamp: ' || filename)"

# What a connection must define before it runs the SQL of this module.
MACROS = (
    "CREATE MACRO leaf_at(x, p) AS leaf_text(json_type(x, p), json_extract_string(x, p))",
    "CREATE MACRO looks_json(x) AS starts_with(x, '{') AND ends_with(x, '}')",
    "CREATE MACRO key_pointer(k) AS '/' || replace(replace(k, '~', '~0'), '/', '~1')",
    "CREATE MACRO is_leaf(x) AS json_type(x) NOT IN ('OBJECT', 'ARRAY')",
    "CREATE MACRO leaves(x) AS CASE WHEN is_leaf(x) THEN 1"
    " ELSE len(list_filter(json_extract(x, '$..*'), lambda each: is_leaf(each))) END",
    "CREATE MACRO leaves_by_key(x) AS list_transform(json_keys(x), lambda k:"
    " leaves(json_extract(x, key_pointer(k))))",
    # The list of one list is there to count only once: a macro's argument is evaluated wherever it
    # is named.
    "CREATE MACRO kept_keys(x) AS list_transform([leaves_by_key(x)], lambda counts:"
    f" list_filter(json_keys(x), lambda k, place: list_sum(counts[1:place]) <= {MAX_FIELDS}))[1]",
    "CREATE MACRO with_first_fields(x) AS '{' || array_to_string(list_transform("
    "kept_keys(x), lambda k: to_json(k)::VARCHAR || ':' ||"
    " json_extract(x, key_pointer(k))::VARCHAR), ',') || '}'",
    "CREATE MACRO is_wide(x) AS strlen(x) >= "
    f"{_MIN_WIDE_BYTES} AND strlen(x) - strlen(replace(x, ',', '')) >= {MAX_FIELDS}",
)
MIXED_MACROS = (
    *plaintext.MACROS,
    "CREATE MACRO document(x) AS CASE WHEN looks_json(x) AND json_valid(x) THEN x"
    " ELSE embedded_json(x) END",
    "CREATE MACRO moment(x) AS CASE WHEN TRY_CAST(x AS DOUBLE) BETWEEN 1e8 AND 1e11"
    " THEN make_timestamp((x::DOUBLE * 1e6)::BIGINT) ELSE to_time(x) END",
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
    mixed: bool,
) -> str:
    """SELECT of the events in `lines(line, filename)`: a column for each field and system field.

    If `mixed`, lines may be any text; it needs MIXED_MACROS and `files(filename, modified)`, and
    takes a tenth longer where all are JSON. Else it fails at a line that is no JSON object, or has
    no time in `timestamp`, as soon as a field or the time of it is asked for.
    """
    document = "document(line)" if mixed else "line"
    pointers = ["/timestamp"]
    columns = []
    for name in fields:
        found = places(name)
        raw = raw_column(name)
        columns += [f"v[{len(pointers) + 1}] AS {raw}"] if raw else []
        columns.append(f"{_field_sql(name, found, len(pointers) + 1, document)} AS {column(name)}")
        pointers += found
    at = _time_sql(len(pointers), mixed=mixed)
    wanted = {*system, "@timestamp"}
    columns += [
        f'{sql} AS "{name}"'
        for name, sql in (_SYSTEM | {"@timestamp": at}).items()
        if name in wanted
    ]
    joined = " LEFT JOIN files USING (filename)" if mixed or wanted & {"@log", "@logStream"} else ""
    parsed = _mixed_sql(fields, pointers, clauses) if mixed else _json_sql(pointers, clauses)
    in_range = _range_sql(at, time_range)
    return f"SELECT {', '.join(columns)} FROM ({parsed}){joined} WHERE true{in_range}"


def _time_sql(pointers: int, *, mixed: bool) -> str:
    if not mixed:
        return f"coalesce(to_time(v[1]), {_NO_TIME}::TIMESTAMP)"
    others = [f"moment(v[{pointers + place}])" for place in range(1, len(_OTHER_TIMES) + 1)]
    return f"coalesce(to_time(v[1]), {', '.join(others)}, syslog_time(line, modified), modified)"


def _json_sql(pointers: list[str], clauses: Iterable[Clause]) -> str:
    """SELECT of lines that are all JSON objects, with the texts at the pointers as the list `v`."""
    values = _values_sql("line", pointers)
    wrong = f"[{_NO_TIME}::VARCHAR]"
    return _parsed_sql(f"CASE WHEN looks_json(line) THEN {values} ELSE {wrong} END", clauses)


def _mixed_sql(fields: Sequence[str], pointers: list[str], clauses: Iterable[Clause]) -> str:
    """The same of any lines."""
    pointers = [*pointers, *_OTHER_TIMES]
    text = _text_values_sql(fields, pointers)
    values = f"coalesce(TRY({_values_sql('line', pointers)}), {text})"
    return _parsed_sql(f"CASE WHEN looks_json(line) THEN {values} ELSE {text} END", clauses)


def _parsed_sql(values: str, clauses: Iterable[Clause]) -> str:
    """OFFSET 0 keeps the database from moving conditions across it: a line is parsed once."""
    wanted = "".join(map(_clause_sql, clauses))
    return f"SELECT {values} AS v, line, filename FROM lines WHERE line <> ''{wanted} OFFSET 0"


def _values_sql(document: str, pointers: list[str]) -> str:
    listed = ", ".join(map(quoted, pointers))
    narrowed = f"json_extract_string(with_first_fields({document}), [{listed}])"
    extracted = f"json_extract_string({document}, [{listed}])"
    return f"CASE WHEN is_wide({document}) THEN {narrowed} ELSE {extracted} END"


def _text_values_sql(fields: Sequence[str], pointers: list[str]) -> str:
    """The list `v` of a line that is no JSON: from JSON inside it, and from the line itself.

    The lists of one element are there to compute that only once.
    """
    known = {pointers.index(places(name)[0]): name for name in fields if name in plaintext.FIELDS}
    values = ["coalesce(text_time(line), e[1])"]
    for place in range(1, len(pointers)):
        name = known.get(place)
        inside = f"e[{place + 1}]"
        found = f"coalesce({plaintext.field_sql(name, 'line')}, {inside})" if name else inside
        values.append(found)
    extracted = f"list_transform([embedded_json(line)], lambda d: {_values_sql('d', pointers)})"
    return f"list_transform({extracted}, lambda e: [{', '.join(values)}])[1]"


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


def _range_sql(at: str, time_range: TimeRange) -> str:
    conditions = ""
    if time_range.start_ms is not None:
        conditions += f" AND {at} >= make_timestamp_ms({time_range.start_ms})"
    if time_range.end_ms is not None:
        conditions += f" AND {at} <= make_timestamp_ms({time_range.end_ms})"
    return conditions


def _field_sql(name: str, places: list[str], first: int, document: str) -> str:
    leaves = [
        _leaf_sql(f"v[{first + offset}]", place, document) for offset, place in enumerate(places)
    ]
    parts = parts_of(name)
    if len(parts) > 2:  # fewer are whole or nested
        dotted = " OR ".join(
            f"contains(line, {quoted(f'{one}.{other}')})" for one, other in pairwise(parts)
        )
        found = [f"leaf_at({document}, {quoted(place)})" for place in dotted_places(parts)]
        leaves.append(f"CASE WHEN {dotted} THEN coalesce({', '.join(found)}) END")
    return leaves[0] if len(leaves) == 1 else f"coalesce({', '.join(leaves)})"


def _leaf_sql(value: str, place: str, document: str) -> str:
    """The value as text; only what may be a boolean, a list or a map is worth a look at its JSON
    type.

    All of those sort after '[', and most numbers, paths and statements do not: one comparison
    spares them the rest.
    """
    doubtful = (
        f"{value} IN ('true', 'false') OR starts_with({value}, '{{') OR starts_with({value}, '[')"
    )
    typed = f"leaf_text(json_type({document}, {quoted(place)}), {value})"
    looked_at = f"CASE WHEN {doubtful} THEN {typed} ELSE {value} END"
    return f"CASE WHEN {value} >= '[' THEN {looked_at} ELSE {value} END"
