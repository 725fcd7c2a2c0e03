"""Writes a query as text, so that parsing it gives the same query again."""

import re

from logs_insights.language import syntax

_PLAIN_PART = re.compile(r"[\w@]+", re.ASCII)
_KEYWORDS = frozenset(("and", "any", "as", "asc", "by", "desc", "in", "like", "not", "or"))
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}

_BINDING = {
    "or": 1,
    "and": 2,
    "not": 3,
    "compare": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
    "^": 7,
    "minus": 8,
}
_ATOM = 9


def unparse(query: syntax.Query) -> str:
    """The query as text, one command a line."""
    return "\n| ".join(map(_command, query.commands))


def _command(command: syntax.Command) -> str:
    match command:
        case syntax.Fields(items):
            return f"fields {_items(items)}"
        case syntax.Display(items):
            return f"display {_items(items)}"
        case syntax.Filter(condition):
            return f"filter {write(condition)}"
        case syntax.Stats(aggregates, groups):
            by = f" by {_items(groups)}" if groups else ""
            return f"stats {_items(aggregates)}{by}"
        case syntax.Sort(keys):
            return "sort " + ", ".join(
                f"{write(k.expression)} {'desc' if k.descending else 'asc'}" for k in keys
            )
        case syntax.Limit(count, any_rows):
            return f"limit {'any ' if any_rows else ''}{count}"
        case syntax.Parse():
            return _parse(command)
        case syntax.Dedup(fields):
            return "dedup " + ", ".join(map(write, fields))


def _parse(command: syntax.Parse) -> str:
    source = f"{write(command.source)} " if command.source else ""
    if isinstance(command.pattern, syntax.Regex):
        return f"parse {source}{_regex(command.pattern)}"
    names = ", ".join(write_path((name,)) for name in command.names)
    return f"parse {source}{quote(command.pattern.value)} as {names}"


def _items(items: tuple[syntax.Item, ...]) -> str:
    return ", ".join(
        write(item.expression)
        + (f" as {write_path((item.alias,))}" if item.alias is not None else "")
        for item in items
    )


def write(part: syntax.Expression) -> str:
    """An expression as text, with the parentheses that it needs."""
    return _write(part)[0]


def _within(part: syntax.Expression, binding: int) -> str:
    text, own = _write(part)
    return text if own >= binding else f"({text})"


def _write(part: syntax.Expression) -> tuple[str, int]:
    match part:
        case syntax.Number(text):
            return text, _ATOM
        case syntax.String(value):
            return quote(value), _ATOM
        case syntax.Duration(count, unit):
            return f"{count}{unit}", _ATOM
        case syntax.Field(path):
            return write_path(path), _ATOM
        case syntax.Call(name, arguments, star):
            return f"{name}({'*' if star else ', '.join(map(write, arguments))})", _ATOM
        case syntax.Minus(operand):
            return f"-{_within(operand, _BINDING['minus'])}", _BINDING["minus"]
        case syntax.Not(operand):
            return f"not {_within(operand, _BINDING['not'])}", _BINDING["not"]
        case syntax.Binary():
            return _binary(part)
        case syntax.Like() | syntax.In():
            return _search(part), _BINDING["compare"]


def _search(part: syntax.Like | syntax.In) -> str:
    subject = _within(part.subject, _BINDING["compare"] + 1)
    word = "not " if part.negated else ""
    if isinstance(part, syntax.In):
        return f"{subject} {word}in [{', '.join(map(write, part.options))}]"
    pattern = part.pattern
    written = _regex(pattern) if isinstance(pattern, syntax.Regex) else quote(pattern.value)
    return f"{subject} {word}like {written}"


def _binary(part: syntax.Binary) -> tuple[str, int]:
    binding = _BINDING.get(part.operator, _BINDING["compare"])
    left, right = binding, binding + 1
    if part.operator == "^":
        left, right = _BINDING["minus"], binding
    elif binding == _BINDING["compare"]:
        left = binding + 1
    return f"{_within(part.left, left)} {part.operator} {_within(part.right, right)}", binding


def _regex(pattern: syntax.Regex) -> str:
    return "/" + pattern.pattern.replace("/", "\\/") + "/"


def quote(value: str) -> str:
    """The text between double quotes that is read as this value."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    for letter, character in _ESCAPES.items():
        escaped = escaped.replace(character, f"\\{letter}")
    return f'"{escaped}"'


def write_path(path: tuple[str | int, ...]) -> str:
    """A field as it is written: parts that are not plain names between back-ticks."""
    written = [f"[{part}]" if isinstance(part, int) else f".{_write_part(part)}" for part in path]
    first = str(path[0])
    if first[0].isdecimal() or first.lower() in _KEYWORDS:
        written[0] = f".`{first}`"
    return "".join(written)[1:]


def _write_part(part: str) -> str:
    if _PLAIN_PART.fullmatch(part):
        return part
    return f"@`{part[1:]}`" if part.startswith("@") and len(part) > 1 else f"`{part}`"
