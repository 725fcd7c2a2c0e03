"""Commands that add columns or choose which are shown."""

from dataclasses import dataclass

from .. import syntax
from ..expressions import Expressions
from .syntax import CommandSyntax


@dataclass(frozen=True)
class Fields(syntax.Command):
    """Add columns to the results, named expressions too."""

    items: tuple[syntax.Item, ...]


@dataclass(frozen=True)
class Display(syntax.Command):
    """Show exactly these columns."""

    items: tuple[syntax.Item, ...]


@dataclass(frozen=True)
class JsonField(syntax.Command):
    """Take values out of a field that holds JSON: path and name of each."""

    source: syntax.Field
    picks: tuple[tuple[tuple[str | int, ...], str], ...]


def _fields(parts: Expressions, at: int) -> Fields:
    return Fields(parts.items(), at=at)


def _display(parts: Expressions, at: int) -> Display:
    return Display(parts.items(), at=at)


def _json(parts: Expressions, at: int) -> JsonField:
    reader = parts.reader
    reader.need("field", "field= is needed")
    reader.need("=")
    source = reader.field()
    picks = [_pick(parts)]
    while reader.skip(","):
        picks.append(_pick(parts))
    return JsonField(source, tuple(picks), at=at)


def _pick(parts: Expressions) -> tuple[tuple[str | int, ...], str]:
    path = parts.reader.string()
    parts.reader.need("as")
    return tuple(_steps(path.value)), parts.reader.name()


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    for part in path.replace("[", ".").replace("]", "").split("."):
        steps.append(int(part) if part.isdecimal() else part)
    return steps


COMMANDS = (
    CommandSyntax(("fields",), "fields EXPRESSION [as NAME], ...", _fields),
    CommandSyntax(("display",), "display EXPRESSION [as NAME], ...", _display),
    CommandSyntax(("unmask",), "unmask FIELD, ...", _fields),
    CommandSyntax(("json",), 'json field=FIELD "KEY.KEY" as NAME, ...', _json),
)
