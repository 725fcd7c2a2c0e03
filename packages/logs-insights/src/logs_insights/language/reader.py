"""Reads the text of a query from left to right, token by token.

What a slash means depends on what is due, so whoever wants a pattern asks for one.
"""

import re

from ..errors import QueryError
from . import literals, syntax
from .durations import unit_of
from .tokens import UNITS, Kind, Token, scan

_ACCESS = re.compile(r"(?:\.(?:@?`[^`]+`|[\w@]+)|\[\d+\])+")
_LATE_UNIT = re.compile(rf"\s+({UNITS})(?![\w@])", re.IGNORECASE)


class Reader:
    """A place in the text, and what stands there."""

    def __init__(self, text: str) -> None:
        """Stand before the first token. Raises QueryError, as everything here that goes on."""
        self.text = text
        self.end = 0  # where the token ends that was read last
        self.depth = 0  # brackets, calls, signs and queries inside one another
        self._token = scan(self.text, 0)

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self._token

    def take(self) -> Token:
        """The next token; the reader goes on behind it."""
        token = self._token
        self._go_to(token.end)
        return token

    def after(self) -> Token:
        """The token behind the next one; the reader stays."""
        return scan(self.text, self._token.end)

    def at_word(self, *words: str) -> bool:
        """Whether the next token is one of these words or symbols, in any case."""
        return self._token.kind in (Kind.NAME, Kind.SYMBOL) and self._token.word in words

    def skip(self, *words: str) -> Token | None:
        """The next token if it is one of these, and the reader goes on; else None."""
        return self.take() if self.at_word(*words) else None

    def need(self, word: str, why: str = "") -> Token:
        """The next token, which must be this one. Raises QueryError."""
        found = self.skip(word)
        if found is None:
            raise self.unexpected(why or f"'{word}' is missing")
        return found

    def field(self, what: str = "the name of a field") -> syntax.Field:
        """The field that comes next. Raises QueryError."""
        if self._token.kind is not Kind.NAME:
            raise self.unexpected(f"{what} is needed")
        token = self.take()
        return syntax.Field(literals.field_path(token.text), at=token.at)

    def fields(self) -> tuple[syntax.Field, ...]:
        """One field or more, between commas."""
        found = [self.field()]
        while self.skip(","):
            found.append(self.field())
        return tuple(found)

    def name(self, what: str = "a name") -> str:
        """The name that comes next, without back-ticks; a string may stand for it."""
        if self._token.kind is Kind.STRING:
            return self.string().value
        return self.field(what).name

    def string(self) -> syntax.String:
        """The string that comes next. Raises QueryError."""
        if self._token.kind is not Kind.STRING:
            raise self.unexpected("a string in quotes is needed")
        token = self.take()
        return syntax.String(literals.unquote(token.text), at=token.at)

    def whole_number(self, least: int, most: int, what: str) -> int:
        """The whole number that comes next, between these. Raises QueryError."""
        token = self._token
        if token.text.isdecimal() and least <= int(token.text) <= most:
            return int(self.take().text)
        raise self.error(f"{what} takes a whole number from {least} to {most}", token.at)

    def duration(self) -> syntax.Duration:
        """The period that comes next, such as 5m or 1 hour. Raises QueryError."""
        token = self._token
        late = _LATE_UNIT.match(self.text, token.end) if token.text.isdecimal() else None
        if token.kind is not Kind.DURATION and not late:
            raise self.unexpected("a period such as 5m or 1h is needed")
        self.take()
        count = re.match(r"\d+", token.text)
        unit = late[1] if late else token.text[count.end() if count else 0 :]
        if late:
            self._go_to(late.end())
        return syntax.Duration(int(count[0]) if count else 1, unit_of(unit), at=token.at)

    def pattern(self) -> syntax.String | syntax.Regex:
        """The string or the regular expression between slashes that comes next."""
        at = self._token.at
        if not self.text.startswith("/", at):
            if self._token.kind is Kind.STRING:
                return self.string()
            raise self.unexpected("a string in quotes or a /pattern/ is needed")
        end = self._pattern_end(at + 1)
        self._go_to(end + 1)
        pattern = self.text[at + 1 : end].replace("\\/", "/")
        if literals.has_look_around(pattern):
            raise self.error("regular expressions are RE2, which has no look-around", at)
        return syntax.Regex(pattern, at=at)

    def access(self) -> tuple[str | int, ...]:
        """The path that stands directly behind a closing bracket, such as `.a[0]`; or nothing."""
        match = _ACCESS.match(self.text, self._token.at)
        if match is None:
            return ()
        self._go_to(match.end())
        return literals.field_path(match[0])

    def error(self, reason: str, at: int) -> QueryError:
        """The error to raise about a place in the text."""
        return QueryError(reason, self.text, at)

    def unexpected(self, why: str = "") -> QueryError:
        """The error to raise about the next token: why it cannot stand there."""
        token = self._token
        if token.kind is Kind.END:
            return self.error("the query ends too early", len(self.text.rstrip()))
        if self.text.startswith("{{", token.at):
            return self.error("fill in the parameter of this saved query first", token.at)
        return self.error(
            f"'{token.text}' is not understood here" + (f": {why}" if why else ""), token.at
        )

    def _go_to(self, end: int) -> None:
        self.end = end
        self._token = scan(self.text, end)

    def _pattern_end(self, start: int) -> int:
        """Where the slash stands that ends a pattern; one between [ and ] does not."""
        in_class = False
        position = start
        while position < len(self.text):
            character = self.text[position]
            if character == "\\":
                position += 1
            elif character == "/" and not in_class:
                return position
            elif character in "[]":
                in_class = character == "["
            position += 1
        plain = re.compile(r"(?:\\.|[^/\\])+(?=/)", re.DOTALL).match(self.text, start)
        if plain is None:
            raise self.error("a pattern that never ends: the second / is missing", start - 1)
        return plain.end()
