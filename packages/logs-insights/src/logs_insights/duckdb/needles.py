"""Texts that a line must contain for a query to want it: they are looked for before any JSON is
parsed.
"""

import re

from ..language import syntax
from .values import looks_numeric

# Shorter ones are found in most lines, and then looking for them costs more than it saves
# (measured).
MIN_LENGTH = 8
MOST_ALTERNATIVES = 50  # each is a search of its own

# No JSON writer escapes these characters, so a value made of them stands in the line as it is.
_UNESCAPED = re.compile(r"[A-Za-z0-9 ._:-]+")

Clause = tuple[str, ...]


def needles(condition: syntax.Expression, hidden: frozenset[str]) -> list[Clause]:
    """Clauses that all hold for a wanted line: it contains at least one text of each.

    `hidden` are names that the query computed itself; their values need not stand in the line.
    """
    match condition:
        case syntax.Binary("and"):
            return [clause for part in _chain(condition) for clause in needles(part, hidden)]
        case syntax.Binary("or"):
            clauses = [needles(part, hidden)[:1] for part in _chain(condition)]
            found = [text for clause in clauses for texts in clause for text in texts]
            return [tuple(found)] if all(clauses) and len(found) <= MOST_ALTERNATIVES else []
        case syntax.Binary("=", syntax.Field() as field, syntax.String(value)) if _stands(
            field, value, hidden
        ):
            return [(value,)]
        case syntax.Like(syntax.Field() as field, syntax.String(value), False) if _stands(
            field, value, hidden
        ):
            return [(value,)]
        case syntax.In(syntax.Field() as field, tuple() as options, False):
            words = tuple(option.value for option in options if isinstance(option, syntax.String))
            whole = len(words) == len(options) and all(
                _stands(field, word, hidden) for word in words
            )
            return [words] if whole else []
    return []


def _chain(condition: syntax.Binary) -> list[syntax.Expression]:
    """The operands of a chain of the same operator."""
    operands: list[syntax.Expression] = []
    left: syntax.Expression = condition
    while isinstance(left, syntax.Binary) and left.operator == condition.operator:
        operands.append(left.right)
        left = left.left
    return [left, *reversed(operands)]


def _stands(field: syntax.Field, value: str, hidden: frozenset[str]) -> bool:
    if field.name in hidden or (field.name.startswith("@") and field.name != "@message"):
        return False
    return (
        len(value) >= MIN_LENGTH and not looks_numeric(value) and bool(_UNESCAPED.fullmatch(value))
    )
