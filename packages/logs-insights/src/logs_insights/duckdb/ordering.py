"""The order of rows: texts before numbers, numbers by value, digits in texts by value; missing
values last.

A text is ordered by a key in which each run of digits has its length before it.
"""

from dataclasses import dataclass

from .bounds import FirstKey
from .values import NUMERIC, Cast, Value

# What a connection must define before it runs the SQL of this module. Before the length, which is
# written as one character, stands '0': what digits are ordered as. No character has the 2048
# numbers from 55296.
MACROS = (
    "CREATE MACRO run_key(d) AS"
    " '0' || chr((strlen(d) + CASE WHEN strlen(d) < 55296 THEN 0 ELSE 2048 END)::INTEGER) || d",
    "CREATE MACRO natural_key(x) AS CASE WHEN regexp_matches(x, '[0-9]') THEN array_to_string("
    "list_transform(list_zip(string_split_regex(x, '[0-9]+'), regexp_extract_all(x, '[0-9]+')),"
    " lambda each: each[1] || coalesce(run_key(each[2]), '')), '') ELSE x END",
)


@dataclass(frozen=True)
class Term:
    """A column to order by."""

    column: str
    descending: bool
    nulls_first: bool = False

    @property
    def modifiers(self) -> str:
        """Direction and place of nulls, as SQL says them."""
        nulls = "FIRST" if self.nulls_first else "LAST"
        return f"{'DESC' if self.descending else 'ASC'} NULLS {nulls}"

    @property
    def sql(self) -> str:
        """The term of an ORDER BY."""
        return f"{self.column} {self.modifiers}"


def terms(cast: Cast, value: Value, *, descending: bool = False) -> list[Term]:
    """What to order by, so that the values are in order."""
    if value.kind in NUMERIC:
        return [Term(cast.column(value).sql, descending)]
    text, number = _text_and_number(cast, value)
    by_number = _by_number(cast, text, number, descending=descending)
    key = cast.define(f"CASE WHEN {number} IS NULL THEN natural_key({text}) END")
    return [by_number, Term(key, descending)]


def first_key(cast: Cast, value: Value, *, descending: bool) -> FirstKey | None:
    """What the terms of a value are made of; None where no bound spares work."""
    if value.kind in NUMERIC or value.literal is not None:
        return None
    return FirstKey(*_text_and_number(cast, value), descending)


def _text_and_number(cast: Cast, value: Value) -> tuple[str, str]:
    text = cast.column(Value(cast.text(value), value.kind.TEXT)).sql
    return text, cast.number(Value(text, value.kind.TEXT))


def _by_number(cast: Cast, text: str, number: str, *, descending: bool) -> Term:
    if descending:
        return Term(number, True)
    last = f"CASE WHEN {text} IS NULL THEN 'infinity'::DOUBLE ELSE {number} END"
    return Term(cast.define(last), False, nulls_first=True)


def clause(order: list[Term]) -> str:
    """An ORDER BY, or nothing if there is no order."""
    return f" ORDER BY {', '.join(term.sql for term in order)}" if order else ""


def rank(order: list[Term]) -> str:
    """SQL for one value that is in the same order."""
    parts = ", ".join(f"{term.column}, '{term.modifiers}'" for term in order)
    return f"create_sort_key({parts})"
