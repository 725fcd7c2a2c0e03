"""Comparison, search and membership, with Insights' loose typing.

Two values that both look like numbers compare as numbers, any others as texts; what is compared
with a number has to be one, to be less or more. A comparison with a missing value is false, except
`!=`, `not like` and `not in`, which are true.
"""

from ..language.literals import plain_groups
from ..language.syntax import Regex, String
from .values import EXACT, NUMERIC, Cast, Kind, Value, looks_numeric, quoted

_MOST_DIGITS = 38  # of the database's longest whole numbers


def compare(cast: Cast, operator: str, left: Value, right: Value) -> Value:
    """The truth of `left operator right`; never null."""
    sql_operator = "<>" if operator == "!=" else operator
    missing = "true" if operator == "!=" else "false"
    condition = _condition(cast, sql_operator, left, right)
    return Value(f"coalesce({condition}, {missing})", Kind.TRUTH)


def like(cast: Cast, subject: Value, pattern: String | Regex) -> Value:
    """Whether the subject has the substring, or matches the RE2 pattern anywhere."""
    if isinstance(pattern, String):
        found = f"contains({cast.text(subject)}, {quoted(pattern.value)})"
    else:
        found = f"regexp_matches({cast.text(subject)}, {quoted(plain_groups(pattern.pattern))})"
    return Value(f"coalesce({found}, false)", Kind.TRUTH)


def member(cast: Cast, subject: Value, options: list[Value]) -> Value:
    """Whether the subject equals one of the options."""
    if subject.kind is Kind.TEXT and all(map(_is_plain_word, options)):
        listed = ", ".join(option.sql for option in options)
        return Value(f"coalesce({subject.raw or subject.sql} IN ({listed}), false)", Kind.TRUTH)
    subject = cast.column(subject)
    found = (compare(cast, "=", subject, option).sql for option in options)
    return Value("(" + " OR ".join(found) + ")", Kind.TRUTH)


def member_of(cast: Cast, subject: Value, keys: str) -> Value:
    """Whether the subject equals one of the values that a relation of match keys has."""
    text = cast.column(Value(cast.text(subject), Kind.TEXT))
    return Value(f"coalesce(match_key({text.sql}) IN (FROM {keys}), false)", Kind.TRUTH)


def negation(value: Value) -> Value:
    """The truth turned around."""
    return Value(f"NOT ({value.sql})", Kind.TRUTH)


def _condition(cast: Cast, operator: str, left: Value, right: Value) -> str:
    if left.kind is right.kind is Kind.TIME:
        return f"{left.sql} {operator} {right.sql}"
    if left.kind is Kind.TIME and _is_time(right):
        return f"{left.sql} {operator} to_time({right.sql})"
    if right.kind is Kind.TIME and _is_time(left):
        return f"to_time({left.sql}) {operator} {right.sql}"
    for one, other in ((left, right), (right, left)):
        if one.kind is Kind.TRUTH and one.literal and operator in ("=", "<>"):
            return _is_truth(cast, operator, other, one.literal == "true")
    if operator in ("=", "<>") and (_is_long(left) or _is_long(right)):
        return f"{_whole(cast, left)} {operator} {_whole(cast, right)}"
    if left.kind in NUMERIC or right.kind in NUMERIC:
        return f"{cast.number(left)} {operator} {cast.number(right)}"
    if operator in ("=", "<>") and left.raw and _is_plain_word(right):
        return f"{left.raw} {operator} {right.sql}"
    left, right = (cast.column(Value(cast.text(v), Kind.TEXT, v.literal)) for v in (left, right))
    if _is_word(left) or _is_word(right):
        return f"{left.sql} {operator} {right.sql}"
    return _loosely(cast, operator, left, right)


def _loosely(cast: Cast, operator: str, left: Value, right: Value) -> str:
    numbers = f"{cast.number(left)} {operator} {cast.number(right)}"
    if operator in ("=", "<>") and (left.literal is not None or right.literal is not None):
        return numbers
    if operator in ("=", "<>"):
        return f"match_key({left.sql}) {operator} match_key({right.sql})"
    both = " AND ".join(f"{cast.number(side)} IS NOT NULL" for side in (left, right))
    return f"CASE WHEN {both} THEN {numbers} ELSE {left.sql} {operator} {right.sql} END"


def _is_truth(cast: Cast, operator: str, value: Value, wanted: bool) -> str:
    """A bare true or false: what is one in JSON, and what is written like one."""
    if value.kind is Kind.TEXT:
        written = "('1', 'true')" if wanted else "('0', 'false')"
        return f"{value.sql} {'IN' if operator == '=' else 'NOT IN'} {written}"
    return f"{cast.number(value)} {operator} {int(wanted)}"


def _is_long(value: Value) -> bool:
    """A whole number that a double may not tell from the next one, such as an ID."""
    digits = (value.literal or "").removeprefix("-")
    return len(digits) <= _MOST_DIGITS and digits.isdecimal() and int(digits) >= EXACT


def _whole(cast: Cast, value: Value) -> str:
    if value.literal is not None:
        return f"TRY_CAST({quoted(value.literal)} AS HUGEINT)"
    return f"TRY_CAST({cast.text(value)} AS HUGEINT)"


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
