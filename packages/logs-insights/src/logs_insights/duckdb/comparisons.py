"""Comparison, search and membership, with Insights' loose typing.

Two values that both look like numbers compare as numbers, any others as texts. A comparison with a
missing value is false, except `!=`, `not like` and `not in`, which are true.
"""

from ..language.literals import plain_groups
from ..language.syntax import Regex, String
from .values import NUMERIC, Kind, Value, looks_numeric, number, quoted, text


def compare(operator: str, left: Value, right: Value) -> Value:
    """The truth of `left operator right`; never null."""
    sql_operator = "<>" if operator == "!=" else operator
    missing = "true" if operator == "!=" else "false"
    return Value(f"coalesce({_condition(sql_operator, left, right)}, {missing})", Kind.TRUTH)


def like(subject: Value, pattern: String | Regex) -> Value:
    """Whether the subject has the substring, or matches the RE2 pattern anywhere."""
    if isinstance(pattern, String):
        found = f"contains({text(subject)}, {quoted(pattern.value)})"
    else:
        found = f"regexp_matches({text(subject)}, {quoted(plain_groups(pattern.pattern))})"
    return Value(f"coalesce({found}, false)", Kind.TRUTH)


def member(subject: Value, options: list[Value]) -> Value:
    """Whether the subject equals one of the options."""
    return Value(
        "(" + " OR ".join(compare("=", subject, option).sql for option in options) + ")", Kind.TRUTH
    )


def negation(value: Value) -> Value:
    """The truth turned around."""
    return Value(f"NOT ({value.sql})", Kind.TRUTH)


def _condition(operator: str, left: Value, right: Value) -> str:
    if left.kind is right.kind is Kind.TIME:
        return f"{left.sql} {operator} {right.sql}"
    if left.kind is Kind.TIME and _is_time(right):
        return f"{left.sql} {operator} to_time({right.sql})"
    if right.kind is Kind.TIME and _is_time(left):
        return f"to_time({left.sql}) {operator} {right.sql}"
    if left.kind in NUMERIC and right.kind in NUMERIC:
        return f"{number(left)} {operator} {number(right)}"
    if operator in ("=", "<>") and left.raw and _is_plain_word(right):
        return f"{left.raw} {operator} {right.sql}"
    if _is_word(left) or _is_word(right):
        return f"{text(left)} {operator} {text(right)}"
    numbers = f"{number(left)} {operator} {number(right)}"
    one_is_numeric = any(side.kind in NUMERIC or side.literal is not None for side in (left, right))
    if one_is_numeric and operator in ("=", "<>"):
        return numbers
    both = " AND ".join(f"{number(side)} IS NOT NULL" for side in (left, right))
    return f"CASE WHEN {both} THEN {numbers} ELSE {text(left)} {operator} {text(right)} END"


def _is_word(value: Value) -> bool:
    return (
        value.kind is Kind.TEXT and value.literal is not None and not looks_numeric(value.literal)
    )


def _is_plain_word(value: Value) -> bool:
    """A literal that is the JSON text of no boolean, list or map."""
    return (
        _is_word(value)
        and value.literal not in ("true", "false")
        and value.sql[1:2] not in ("[", "{")
    )


def _is_time(value: Value) -> bool:
    return _is_word(value) and value.literal is not None and value.literal[:4].isdecimal()
