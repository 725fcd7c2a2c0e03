"""Reads the text of a query; refuses, with the place, what is not in the language."""

from . import syntax
from .commands import NAMES
from .commands.sources import Source
from .expressions import Expressions
from .hints import nearest
from .reader import Reader
from .tokens import Kind, Token

_DEPTH_OF_QUERY = 3  # as many brackets take as many calls of Python


def parse(text: str) -> syntax.Query:
    """The query that the text says. Raises QueryError with the place of what is not understood."""
    reader = Reader(text)
    query = _query(reader)
    if reader.token.kind is not Kind.END:
        raise _not_understood(reader)
    return query


def _query(reader: Reader) -> syntax.Query:
    parts = Expressions(reader, _subquery)
    commands = [_command(parts, may_be_source=True)]
    while reader.skip("|"):
        leads = all(isinstance(command, Source) for command in commands)
        commands.append(_command(parts, may_be_source=leads))
    return syntax.Query(tuple(commands), text=reader.text)


def _subquery(reader: Reader) -> syntax.Query | None:
    """The query between brackets, or None if it is a list of values that stands there."""
    is_command = reader.token.word in NAMES and reader.after().text not in (",", ")", "(", "=")
    if not is_command:
        return None
    reader.depth += _DEPTH_OF_QUERY
    query = _query(reader)
    reader.depth -= _DEPTH_OF_QUERY
    return query


def _command(parts: Expressions, *, may_be_source: bool) -> syntax.Command:
    reader = parts.reader
    token = reader.token
    command = NAMES.get(token.word) if token.kind is Kind.NAME else None
    if command is None:
        raise _not_a_command(reader, token)
    reader.take()
    if not may_be_source and "SOURCE" in command.names:
        raise reader.error("SOURCE stands at the start of a query", token.at)
    result = command.read(parts, token.at)
    if reader.token.kind is not Kind.END and not reader.at_word("|", ")"):
        raise _not_understood(reader)
    return result


def _not_a_command(reader: Reader, token: Token) -> Exception:
    if token.kind is Kind.END:
        return reader.unexpected()
    if token.text == "$":
        return reader.error("saved queries are known only to AWS: put its text here", token.at)
    if reader.text.startswith("{{", token.at):
        return reader.unexpected()
    near = nearest(token.text, [name for each in NAMES.values() for name in each.names])
    meant = f"; did you mean {near}?" if near else ", see the list of commands"
    return reader.error(f"'{token.text}' is not a command{meant}", token.at)


def _not_understood(reader: Reader) -> Exception:
    token = reader.token
    if token.word in NAMES:
        return reader.error(f"a | is missing before '{token.text}'", token.at)
    return reader.unexpected()
