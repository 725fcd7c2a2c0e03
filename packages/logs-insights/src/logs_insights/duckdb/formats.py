"""Patterns of dates: strftime's, which `formatDate` takes, and Java's, which `parseDate` takes."""

import re

from .values import Cast, Kind, Value, quoted

# Short for others, or unknown to DuckDB.
_STRFTIME = {
    "%F": "%Y-%m-%d",
    "%T": "%H:%M:%S",
    "%R": "%H:%M",
    "%D": "%m/%d/%y",
    "%r": "%I:%M:%S %p",
    "%h": "%b",
    "%e": "%-d",
    "%k": "%-H",
    "%l": "%-I",
    "%L": "%g",
    "%3N": "%g",
    "%6N": "%f",
    "%9N": "%n",
    "%N": "%n",
}
_SPECIFIER = re.compile(r"%(?:[369]?N|-?[A-Za-z%])")

# DateTimeFormatter's letters, by how often each is repeated; the last entry is for more.
_JAVA = {
    "y": {2: "%y", 4: "%Y"},
    "u": {2: "%y", 4: "%Y"},
    "M": {1: "%-m", 2: "%m", 3: "%b", 4: "%B"},
    "L": {1: "%-m", 2: "%m", 3: "%b", 4: "%B"},
    "d": {1: "%-d", 2: "%d"},
    "D": {1: "%-j", 3: "%j"},
    "E": {3: "%a", 4: "%A"},
    "H": {1: "%-H", 2: "%H"},
    "h": {1: "%-I", 2: "%I"},
    "m": {1: "%-M", 2: "%M"},
    "s": {1: "%-S", 2: "%S"},
    "S": {3: "%g", 6: "%f", 9: "%n"},
    "a": {1: "%p"},
    "z": {3: "%Z"},
    "V": {2: "%Z"},
    "Z": {3: "%z"},
    "X": {3: "%z"},
    "x": {3: "%z"},
    "T": {1: "T"},  # needs quotes in Java, and is often written without
}
_JAVA_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+", re.DOTALL)


def format_time(cast: Cast, value: Value, pattern: str, zone: str | None) -> Value:
    """The time written by a pattern such as `%Y-%m-%d` (or `yyyy-MM-dd`) in a time zone, or in
    UTC. Raises ValueError for a pattern that cannot be read.
    """
    moment = cast.time(value)
    if zone is not None and zone != "UTC":
        moment = f"(({moment} AT TIME ZONE 'UTC') AT TIME ZONE {quoted(zone)})"
    moment = cast.column(Value(moment, Kind.TIME)).sql
    if "%" not in pattern:
        return Value(f"strftime({moment}, {quoted(_from_java(pattern))})", Kind.TEXT)
    utc = cast.column(Value(cast.time(value), Kind.TIME)).sql
    pieces = []
    for piece in re.split(r"(%[zZs])", pattern):
        if piece == "%z":
            pieces.append(f"utc_offset({moment}, {utc})")
        elif piece == "%Z":
            pieces.append(quoted(zone or "UTC"))
        elif piece == "%s":
            pieces.append(f"epoch({utc})::BIGINT::VARCHAR")
        elif piece:
            pieces.append(f"strftime({moment}, {quoted(_strftime(piece))})")
    return Value(" || ".join(pieces) or "''", Kind.TEXT)


def parse_time(cast: Cast, value: Value, pattern: str, zone: str | None) -> Value:
    """The milliseconds since 1970 that a text says by a Java pattern, in a time zone if it names
    none itself. Raises ValueError for a pattern that cannot be read.
    """
    written = _from_java(pattern)
    parsed = f"try_strptime({cast.text(value)}, {quoted(written)})"
    has_zone = "%z" in written or "%Z" in written
    if has_zone:
        return Value(f"epoch_ms(({parsed})::TIMESTAMPTZ)::DOUBLE", Kind.NUMBER)
    if zone is not None and zone != "UTC":
        parsed = f"({parsed} AT TIME ZONE {quoted(zone)})"
    return Value(f"epoch_ms({parsed})::DOUBLE", Kind.NUMBER)


def _strftime(pattern: str) -> str:
    return _SPECIFIER.sub(lambda match: _STRFTIME.get(match[0], match[0]), pattern)


def _from_java(pattern: str) -> str:
    written = []
    position = 0
    while position < len(pattern):
        match = _JAVA_TOKEN.match(pattern, position)
        if match is None:
            raise ValueError("a quote in this pattern never ends")
        written.append(_java_token(match))
        position = match.end()
    return "".join(written)


def _java_token(match: re.Match[str]) -> str:
    letter = match[2]
    if letter is None:
        plain = match[0] if match[1] is None else match[1].replace("''", "'") or "'"
        return plain.replace("%", "%%")
    lengths = _JAVA.get(letter)
    if lengths is None:
        raise ValueError(f"the letter {letter} of this pattern is not known here")
    length = len(match[0])
    return lengths[min((each for each in lengths if each >= length), default=max(lengths))]


# What a connection must define before it runs the SQL of this module.
MACROS = (
    "CREATE MACRO utc_offset(local, utc) AS CASE WHEN local < utc THEN '-' ELSE '+' END ||"
    " strftime(TIMESTAMP '1970-01-01' + to_minutes(abs(date_diff('minute', utc, local))), '%H%M')",
)
