"""The pieces that the text of a query is read in."""

import re
from dataclasses import dataclass
from enum import Enum

from ..errors import QueryError


class Kind(Enum):
    """What a token is."""

    NAME = "name"
    NUMBER = "number"
    DURATION = "duration"
    STRING = "string"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True)
class Token:
    """A piece of the text, from `at` up to `end`."""

    kind: Kind
    text: str
    at: int
    end: int

    @property
    def word(self) -> str:
        """The token in lower case, if it is one plain word or a symbol; else nothing."""
        plain = self.kind is Kind.SYMBOL or self.text.replace("_", "a").isalnum()
        return self.text.lower() if plain else ""


_SPACE = re.compile(r"(?:\s|#[^\n]*)*")
UNITS = (
    r"milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|months?|mons?|mos?|m|hours?|hrs?|h"
    r"|days?|d|weeks?|w|quarters?|qtrs?|q|years?|yrs?|y"
)
_NAME = r"(?:@?`[^`]+`|[^\W\d][\w@]*|@[\w@]*)(?:\.(?:@?`[^`]+`|[\w@]+)|\[\d+\])*"
_TOKEN = re.compile(
    rf"(?P<duration>\d+(?:{UNITS})(?![\w@]))"
    r"|(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w@]))"
    r"|(?P<string>\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')"
    rf"|(?P<name>{_NAME})"
    r"|(?P<symbol>[!<>=]=|=~|~=|&&|\|\||[=<>+\-*/%^()\[\]{},|:!.$])",
    re.DOTALL | re.IGNORECASE,
)


def scan(text: str, position: int) -> Token:
    """The first token from there on. Raises QueryError for a string that never ends."""
    space = _SPACE.match(text, position)
    start = space.end() if space else position
    if start == len(text):
        return Token(Kind.END, "", start, start)
    match = _TOKEN.match(text, start)
    if match is None or match.lastgroup is None:
        return _unknown(text, start)
    return Token(Kind(match.lastgroup), match[0], start, match.end())


def _unknown(text: str, start: int) -> Token:
    """What is no token: refused only when it is reached, for a pattern may begin there."""
    if text[start] in "\"'":
        raise QueryError("a string that never ends, or stands where none can", text, start)
    word = re.compile(r"\w+|.", re.DOTALL).match(text, start)
    found = word[0] if word else text[start]
    return Token(Kind.SYMBOL, found, start, start + len(found))
