"""Typed pieces of DuckDB SQL, and how a value of one kind is read as another.

A discovered field is TEXT whatever its JSON type was: Insights compares by what a text looks like.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a piece of SQL yields."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    TRUTH = "truth"
    STRUCTURE = "structure"  # a list or a map, as JSON


@dataclass(frozen=True)
class Value:
    """A piece of SQL, its kind and, for a literal, what it is in Python.

    `raw` is cheaper SQL for a field, right only where true, false, lists and maps make no
    difference; `json` is SQL for the list or the map that a field may be.
    """

    sql: str
    kind: Kind
    literal: str | None = None
    raw: str | None = None
    json: str | None = None


NULL = Value("NULL::VARCHAR", Kind.TEXT)
EXACT = 2**53  # beyond it, not every whole number is a double
NUMERIC = frozenset({Kind.NUMBER, Kind.TIME, Kind.TRUTH})
_COLUMN = re.compile(r"c\d+")

# What a connection must define before it runs the SQL of this package. A macro evaluates its
# argument wherever it is named, so one that names it twice is only given columns.
MACROS = (
    "CREATE MACRO to_number(x) AS CASE WHEN isfinite(TRY_CAST(x AS DOUBLE))"
    " AND NOT contains(x, '_') THEN TRY_CAST(x AS DOUBLE) END",
    "CREATE MACRO number_text(x) AS CASE WHEN x = trunc(x) AND abs(x) < 1e18"
    " THEN x::BIGINT::VARCHAR WHEN isfinite(x) THEN"
    " CASE WHEN length(printf('%.15g', x)) <= 14 THEN printf('%.15g', x) ELSE x::VARCHAR END END",
    "CREATE MACRO time_text(x) AS strftime(x, '%Y-%m-%d %H:%M:%S.%g')",
    "CREATE MACRO to_time(x) AS CASE WHEN ends_with(x, 'Z') THEN TRY_CAST(x AS TIMESTAMP)"
    " WHEN TRY_CAST(x AS BIGINT) IS NOT NULL THEN TRY(make_timestamp_ms(TRY_CAST(x AS BIGINT)))"
    " ELSE TRY_CAST(x AS TIMESTAMPTZ)::TIMESTAMP END",
    "CREATE MACRO leaf_text(kind, x) AS CASE kind"
    " WHEN 'BOOLEAN' THEN (x = 'true')::INTEGER::VARCHAR"
    " WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL ELSE x END",
    "CREATE MACRO structure_text(x) AS leaf_text(json_type(x), json_extract_string(x, '$'))",
    # What two texts have in common that are equal to Insights: 5 and 5.0 are.
    f"CREATE MACRO match_key(x) AS CASE WHEN abs(to_number(x)) < {EXACT}"
    " THEN number_text(to_number(x)) ELSE x END",
)


def quoted(text: str) -> str:
    """The text as an SQL string."""
    return "'" + text.replace("'", "''").replace("\0", "") + "'"


def text_literal(text: str) -> Value:
    """A text constant."""
    return Value(quoted(text), Kind.TEXT, text)


def number_literal(text: str) -> Value:
    """A number constant."""
    return Value(f"{float(text)!r}::DOUBLE", Kind.NUMBER, text)


def looks_numeric(text: str) -> bool:
    """Whether a text counts as a number: what a finite double can be read from."""
    try:
        number = float(text)
    except ValueError:
        return False
    return abs(number) != float("inf") and number == number and "_" not in text


class Cast:
    """Reads values as other kinds. What would have to be named twice becomes a column first, by
    `define`, so that the SQL grows no faster than the query.
    """

    def __init__(self, define: Callable[[str], str]) -> None:
        """`define` gives the name of a column with this SQL."""
        self.define = define

    def column(self, value: Value) -> Value:
        """The value as something that may be named often: a column or a constant."""
        if value.literal is not None or _COLUMN.fullmatch(value.sql) or value is NULL:
            return value
        return Value(self.define(value.sql), value.kind)

    def number(self, value: Value) -> str:
        """SQL for the value as DOUBLE; null where it is not a number. A time is milliseconds since
        1970.
        """
        match value.kind:
            case Kind.NUMBER:
                return value.sql
            case Kind.TIME:
                return f"epoch_ms({value.sql})::DOUBLE"
            case Kind.TRUTH:
                return f"({value.sql})::DOUBLE"
        if value.literal is not None:
            is_number = looks_numeric(value.literal)
            return number_literal(value.literal).sql if is_number else "NULL::DOUBLE"
        text = Value(self.text(value), Kind.TEXT)
        return self.define(f"to_number({self.column(text).sql})")

    def text(self, value: Value) -> str:
        """SQL for the value as VARCHAR; null for lists and maps."""
        match value.kind:
            case Kind.NUMBER:
                return f"number_text({self.column(value).sql})"
            case Kind.TIME:
                return f"time_text({value.sql})"
            case Kind.TRUTH:
                return f"({value.sql})::INTEGER::VARCHAR"
            case Kind.STRUCTURE:
                return f"structure_text({self.column(value).sql})"
        return value.sql

    def truth(self, value: Value) -> str:
        """SQL for the value as a BOOLEAN that is never null: a number other than zero."""
        if value.kind is Kind.TRUTH:
            return value.sql
        return f"coalesce({self.number(value)} <> 0, false)"

    def time(self, value: Value) -> str:
        """SQL for the value as TIMESTAMP (UTC): a time, milliseconds since 1970, or an ISO 8601
        text.
        """
        if value.kind is Kind.TIME:
            return value.sql
        if value.kind is Kind.NUMBER:
            return f"TRY(make_timestamp_ms(({value.sql})::BIGINT))"
        return f"to_time({self.column(Value(self.text(value), Kind.TEXT)).sql})"

    def structure(self, value: Value) -> str:
        """SQL for the value as JSON; null where it is neither a list nor a map."""
        if value.kind is Kind.STRUCTURE:
            return value.sql
        parsed = self._only_structure(f"TRY(CAST({self.text(value)} AS JSON))")
        return f"coalesce({self._only_structure(value.json)}, {parsed})" if value.json else parsed

    def _only_structure(self, sql: str) -> str:
        json = self.define(sql)
        return f"CASE WHEN json_type({json}) IN ('OBJECT', 'ARRAY') THEN {json} END"
