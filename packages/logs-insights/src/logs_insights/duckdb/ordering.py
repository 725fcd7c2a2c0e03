"""The order of rows: texts before numbers, numbers by value, digits in texts by value; missing
values last.

A text is ordered by a key in which a run of digits has a fixed width. Most texts have few runs, so
the first ones are found by one regular expression and the rest, if there is any, by a slower one.
"""

from dataclasses import dataclass

from .values import NUMERIC, Cast, Value

_RUN_WIDTH = 20  # digits; 64-bit numbers have at most so many
_QUICK_RUNS = 4  # an IPv4 address has so many
_PARTS = [f"p{place}" for place in range(2 * _QUICK_RUNS + 1)]
_MOST_WORDS = 11  # characters before the first run that a rough order looks at
_START = f"(?s)^([^0-9]{{0,{_MOST_WORDS}}})([0-9]*)"
_SPLIT = "(?s)^" + "([^0-9]*)([0-9]*)" * _QUICK_RUNS + "(.*)$"

# What a connection must define before it runs the SQL of this module. Between '0', which digits
# are ordered as, and the digits stands what is less than any of them.
MACROS = (
    f"CREATE MACRO digit_run(d) AS CASE WHEN d = '' THEN '' WHEN strlen(d) <= {_RUN_WIDTH}"
    f" THEN '0' || lpad(d, {_RUN_WIDTH}, chr(1)) ELSE '9' || lpad(strlen(d)::VARCHAR, 7, '0') || d"
    " END",
    "CREATE MACRO natural_rest(x) AS CASE WHEN x = '' THEN '' ELSE array_to_string("
    "list_transform(regexp_extract_all(x, '[0-9]+|[^0-9]+'),"
    " lambda c: CASE WHEN c[1] BETWEEN '0' AND '9' THEN digit_run(c) ELSE c END), '') END",
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
    return [by_number, Term(_natural_key(cast, text, number), descending)]


def rough_rank(cast: Cast, value: Value, *, descending: bool) -> str | None:
    """A column that has rows in the order of `terms`, and some of them together that those tell
    apart, for a tenth of their work; None where the terms are as cheap.
    """
    if value.kind in NUMERIC:
        return None
    text, number = _text_and_number(cast, value)
    start = cast.define(
        f"CASE WHEN {number} IS NULL THEN regexp_extract({text}, '{_START}', ['words', 'run']) END"
    )
    # A run behind words that may go on would come before those that do.
    run = f"CASE WHEN length({start}.words) < {_MOST_WORDS} THEN digit_run({start}.run) ELSE '' END"
    key = cast.define(f"{start}.words || {run}")
    by_number = _by_number(cast, text, number, descending=descending)
    return cast.define(rank([by_number, Term(key, descending)]))


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


def _natural_key(cast: Cast, text: str, number: str) -> str:
    names = ", ".join(f"'{part}'" for part in _PARTS)
    split = cast.define(
        f"CASE WHEN {number} IS NULL AND regexp_matches({text}, '[0-9]')"
        f" THEN regexp_extract({text}, '{_SPLIT}', [{names}]) END"
    )
    *pairs, rest = _PARTS
    joined = " || ".join(
        f"digit_run({split}.{part})" if place % 2 else f"{split}.{part}"
        for place, part in enumerate(pairs)
    )
    whole = f"{joined} || natural_rest({split}.{rest})"
    key = f"CASE WHEN {split} IS NULL THEN {text} ELSE {whole} END"
    return cast.define(f"CASE WHEN {number} IS NULL THEN {key} END")
