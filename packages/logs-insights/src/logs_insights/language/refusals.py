"""Says in a reader's words why the grammar refuses a text."""

import re

from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from ..errors import QueryError

COMMANDS = "fields, display, filter, stats, sort, limit, parse, dedup"

# Commands of Logs Insights QL outside the subset: refused by name, so that nobody takes them for a
# typing error.
_UNSUPPORTED = ("anomaly", "diff", "expand", "filterindex", "join", "lookup")
UNSUPPORTED = frozenset((*_UNSUPPORTED, "pattern", "source", "subquery", "unmask", "unnest"))


def refusal(error: UnexpectedInput, text: str) -> QueryError:
    """The error to raise: what was found, where, and what could stand there."""
    if isinstance(error, UnexpectedEOF) or (
        isinstance(error, UnexpectedToken) and error.token.type == "$END"
    ):
        return QueryError("the query ends too early", text, len(text.rstrip()))
    position = error.pos_in_stream or 0
    match = re.compile(r"[\w@]+|.?", re.DOTALL).match(text, position)
    found = match[0] if match else ""
    if "FILTER" in _expected(error):
        return QueryError(_not_a_command(found), text, position)
    if found and found in "\"'":
        return QueryError("a string that never ends, or stands where none can", text, position)
    return QueryError(f"'{found}' is not understood here", text, position)


def _expected(error: UnexpectedInput) -> set[str]:
    if isinstance(error, UnexpectedCharacters):
        return set(error.allowed or ())
    return set(error.accepts or ()) if isinstance(error, UnexpectedToken) else set()


def _not_a_command(found: str) -> str:
    if found.lower() in UNSUPPORTED:
        return f"the command '{found}' is not supported here; supported: {COMMANDS}"
    return f"'{found}' is not a command; the commands are {COMMANDS}"
