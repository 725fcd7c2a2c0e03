"""parse, which cuts new fields out of a text: by a glob, a regex, or as logfmt, CSV or XML."""

from dataclasses import dataclass

from .. import literals, syntax
from ..expressions import Expressions
from ..tokens import Kind
from .syntax import CommandSyntax

_FORMATS = ("logfmt", "csv", "xml")
_MESSAGE = syntax.Field(("@message",))


@dataclass(frozen=True)
class ParseGlob(syntax.Command):
    """Fields that stand where a glob has its stars."""

    source: syntax.Field
    pattern: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class ParseRegex(syntax.Command):
    """Fields that the capture groups at these places match; with `multi`, a row for each match."""

    source: syntax.Field
    pattern: syntax.Regex
    names: tuple[str, ...]
    places: tuple[int, ...]
    multi: bool = False


@dataclass(frozen=True)
class ParseLogfmt(syntax.Command):
    """A map of the pairs in a text such as `level=info msg="all good"`."""

    source: syntax.Field
    name: str


@dataclass(frozen=True)
class ParseCsv(syntax.Command):
    """The values of a line of CSV, in order."""

    source: syntax.Field
    names: tuple[str, ...]


@dataclass(frozen=True)
class ParseXml(syntax.Command):
    """The text of the first element that a path finds."""

    source: syntax.Field
    path: str
    name: str


def _parse(parts: Expressions, at: int) -> syntax.Command:
    reader = parts.reader
    source = _MESSAGE
    is_format = reader.at_word(*_FORMATS) and reader.after().word in ("as", "'", '"')
    if reader.token.kind is Kind.NAME and not (is_format or _is_xml(parts)):
        source = reader.field()
    kind = reader.skip(*_FORMATS)
    if kind is None:
        pattern = reader.pattern()
        if isinstance(pattern, syntax.Regex):
            return _regex(parts, source, pattern, at)
        return _glob(parts, source, pattern, at)
    if kind.word == "xml":
        path = reader.string().value
        return ParseXml(source, path, _names(parts)[0], at=at)
    names = _names(parts)
    return (
        ParseLogfmt(source, names[0], at=at)
        if kind.word == "logfmt"
        else ParseCsv(source, names, at=at)
    )


def _is_xml(parts: Expressions) -> bool:
    return parts.reader.at_word("xml") and parts.reader.after().kind is Kind.STRING


def _names(parts: Expressions) -> tuple[str, ...]:
    parts.reader.need("as")
    found = [parts.reader.name()]
    while parts.reader.skip(","):
        found.append(parts.reader.name())
    return tuple(found)


def _glob(parts: Expressions, source: syntax.Field, pattern: syntax.String, at: int) -> ParseGlob:
    stars = pattern.value.count("*")
    names = _names(parts) if stars or parts.reader.at_word("as") else ()
    if stars != len(names):
        reason = f"the pattern has {stars} '*' and {len(names)} name(s); they must be as many"
        raise parts.reader.error(reason, pattern.at)
    return ParseGlob(source, pattern.value, names, at=at)


def _regex(parts: Expressions, source: syntax.Field, pattern: syntax.Regex, at: int) -> ParseRegex:
    reader = parts.reader
    multi = bool(reader.skip("multi"))
    names = literals.group_names(pattern.pattern)
    places = literals.group_positions(pattern.pattern)
    if reader.at_word("as"):
        names = _names(parts)
        places = places or tuple(range(1, literals.count_groups(pattern.pattern) + 1))
        if len(names) != len(places):
            reason = f"the regex has {len(places)} group(s) and there are {len(names)} name(s)"
            raise reader.error(f"{reason}; they must be as many", pattern.at)
    if not names:
        raise reader.error("this regex names no field; write (?<name>...)", pattern.at)
    return ParseRegex(source, pattern, names, places, multi or bool(reader.skip("multi")), at=at)


COMMANDS = (
    CommandSyntax(
        ("parse",),
        "parse [FIELD] 'GLOB' as NAME, ... | /REGEX/ [multi] | logfmt as NAME | csv as NAME, ..."
        " | xml 'PATH' as NAME",
        _parse,
    ),
)
