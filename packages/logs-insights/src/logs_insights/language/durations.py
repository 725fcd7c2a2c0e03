"""The units of time that `bin`, `datefloor` and `dateceil` take."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """A unit of time: its name in SQL intervals, and the largest count that AWS takes at its
    word.
    """

    interval: str
    cap: int | None


# The caps are AWS's (documentation of `bin`, read 2026-11): beyond them it uses the cap and says
# nothing.
UNITS = {
    "ms": Unit("milliseconds", 1000),
    "s": Unit("seconds", 60),
    "m": Unit("minutes", 60),
    "h": Unit("hours", 24),
    "d": Unit("days", None),
    "w": Unit("weeks", None),
    "mo": Unit("months", None),
    "q": Unit("quarters", None),
    "y": Unit("years", None),
}

_SPELLINGS = {
    "ms": "ms msec millisecond",
    "s": "s sec second",
    "m": "m min minute",
    "h": "h hr hour",
    "d": "d day",
    "w": "w week",
    "mo": "mo mon month",
    "q": "q qtr quarter",
    "y": "y yr year",
}
_SHORT = {word: unit for unit, words in _SPELLINGS.items() for word in words.split()}


def unit_of(word: str) -> str:
    """The short name of a unit in any spelling: `hrs` and `Hour` are `h`."""
    word = word.lower()
    return _SHORT.get(word) or _SHORT[word.removesuffix("s")]
