"""Options of commands, written as `name=value`."""

from collections.abc import Mapping, Sequence

from ..expressions import Expressions
from ..tokens import Kind


def read_options(
    parts: Expressions, defaults: Mapping[str, str], *, flags: Sequence[str] = ()
) -> dict[str, str]:
    """The options that come next, over their defaults; `flags` are true or false.

    Raises QueryError for a name that is none, and for a flag that is neither.
    """
    reader = parts.reader
    found = dict(defaults)
    while reader.token.kind is Kind.NAME and reader.after().text == "=":
        name = reader.take()
        if name.word not in found:
            raise reader.error(f"there is no option {name.text}; use {', '.join(found)}", name.at)
        reader.need("=")
        value = reader.token
        if name.word in flags and value.word not in ("true", "false"):
            raise reader.error(f"{name.text} is true or false", value.at)
        if value.kind is Kind.STRING:
            found[name.word] = reader.string().value
            continue
        if value.kind not in (Kind.NAME, Kind.NUMBER):
            raise reader.unexpected(f"a value for {name.text} is needed")
        reader.take()
        is_plain = name.word == "fieldname"
        found[name.word] = value.text.replace("`", "") if is_plain else value.text.lower()
    return found
