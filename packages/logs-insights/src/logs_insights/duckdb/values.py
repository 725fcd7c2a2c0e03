"""Typed pieces of DuckDB SQL, and how a value of one kind is read as another.

A discovered field is TEXT whatever its JSON type was: Insights compares by what a text looks like.
"""

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
    difference.
    """

    sql: str
    kind: Kind
    literal: str | None = None
    raw: str | None = None


NULL = Value("NULL::VARCHAR", Kind.TEXT)
NUMERIC = frozenset({Kind.NUMBER, Kind.TIME, Kind.TRUTH})

# What a connection must define before it runs the SQL of this package.
MACROS = (
    "CREATE MACRO finite(x) AS CASE WHEN isfinite(x) THEN x END",
    "CREATE MACRO to_number(x) AS finite(TRY_CAST(x AS DOUBLE))",
    "CREATE MACRO number_text(x) AS CASE WHEN x = trunc(x) AND abs(x) < 1e15 THEN x::BIGINT::VARCHAR"
    " ELSE x::VARCHAR END",
    "CREATE MACRO time_text(x) AS strftime(x, '%Y-%m-%d %H:%M:%S.%g')",
    "CREATE MACRO to_time(x) AS CASE WHEN ends_with(x, 'Z') THEN TRY_CAST(x AS TIMESTAMP)"
    " WHEN TRY_CAST(x AS BIGINT) IS NOT NULL THEN TRY(make_timestamp_ms(TRY_CAST(x AS BIGINT)))"
    " ELSE TRY_CAST(x AS TIMESTAMPTZ)::TIMESTAMP END",
    "CREATE MACRO leaf_text(kind, x) AS CASE kind WHEN 'BOOLEAN' THEN (x = 'true')::INTEGER::VARCHAR"
    " WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL ELSE x END",
    "CREATE MACRO structure_text(x) AS leaf_text(json_type(x), json_extract_string(x, '$'))",
    # Digit runs compare by length, then by value: with its length written before it, a run compares
    # so as text.
    "CREATE MACRO natural_order(x) AS list_transform(regexp_extract_all(x, '[0-9]+|[^0-9]+'),"
    " lambda c: CASE WHEN c[1] BETWEEN '0' AND '9' THEN lpad(strlen(c)::VARCHAR, 7, '0') || c ELSE c END)",
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
    return abs(number) != float("inf") and number == number


def number(value: Value) -> str:
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
    return f"to_number({text(value)})"


def text(value: Value) -> str:
    """SQL for the value as VARCHAR; null for lists and maps."""
    match value.kind:
        case Kind.NUMBER:
            return f"number_text({value.sql})"
        case Kind.TIME:
            return f"time_text({value.sql})"
        case Kind.TRUTH:
            return f"({value.sql})::INTEGER::VARCHAR"
        case Kind.STRUCTURE:
            return f"structure_text({value.sql})"
    return value.sql


def truth(value: Value) -> str:
    """SQL for the value as a BOOLEAN that is never null: a number other than zero."""
    if value.kind is Kind.TRUTH:
        return value.sql
    return f"coalesce({number(value)} <> 0, false)"


def time(value: Value) -> str:
    """SQL for the value as TIMESTAMP (UTC): a time, milliseconds since 1970, or an ISO 8601 text."""
    if value.kind is Kind.TIME:
        return value.sql
    if value.kind is Kind.NUMBER:
        return f"TRY(make_timestamp_ms(({value.sql})::BIGINT))"
    return f"to_time({text(value)})"


def sort_terms(value: Value, *, descending: bool) -> list[str]:
    """ORDER BY terms: texts before numbers, numbers by value, digit runs in texts by value; nulls
    last.
    """
    direction = "DESC" if descending else "ASC"
    if value.kind in NUMERIC:
        return [f"{value.sql} {direction} NULLS LAST"]
    written = text(value)
    return [
        f"{written} IS NULL",
        f"to_number({written}) IS NOT NULL {direction}",
        f"to_number({written}) {direction} NULLS LAST",
        f"CASE WHEN to_number({written}) IS NULL THEN natural_order({written}) END {direction} NULLS LAST",
    ]
