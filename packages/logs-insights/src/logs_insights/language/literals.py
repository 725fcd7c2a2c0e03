"""How the small written forms read: quoted strings, names of fields, regular expressions."""

import re

_PART = re.compile(r"\[(\d+)\]|\.?(@?)`([^`]+)`|\.?([\w@]+)")
_NAMED_GROUP = re.compile(r"\(\?P?<([\w@.-]+)>")
_LOOK_AROUND = re.compile(r"\(\?<?[=!]")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def unquote(text: str) -> str:
    r"""A string without its quotes; an escape other than \n \t \r \\ \" \' stays as written."""

    def resolve(match: re.Match[str]) -> str:
        character = match[1]
        if character in _ESCAPES:
            return _ESCAPES[character]
        return character if character in "\\\"'" else match[0]

    return re.sub(r"\\(.)", resolve, text[1:-1], flags=re.DOTALL)


def field_path(text: str) -> tuple[str | int, ...]:
    """The parts of a field as written: `a.b[0]` is ("a", "b", 0)."""
    return tuple(
        int(match[1]) if match[1] else match[2] + match[3] if match[3] else match[4]
        for match in _PART.finditer(text)
    )


def group_names(pattern: str) -> tuple[str, ...]:
    """The names of a regex's capture groups, in order."""
    return tuple(_NAMED_GROUP.findall(pattern))


def plain_groups(pattern: str) -> str:
    """The regex with its capture groups unnamed, as RE2 dialects agree on no spelling for the
    names.
    """
    return _NAMED_GROUP.sub("(", pattern)


def group_positions(pattern: str) -> tuple[int, ...]:
    """Which capture groups are the named ones, counted from 1."""
    return tuple(
        number
        for number, start in enumerate(_group_starts(pattern), 1)
        if _NAMED_GROUP.match(pattern, start)
    )


def count_groups(pattern: str) -> int:
    """How many capture groups a regex has, named or not."""
    return len(_group_starts(pattern))


def has_look_around(pattern: str) -> bool:
    """Whether a regex uses what RE2, and so Logs Insights, does not have."""
    return bool(_LOOK_AROUND.search(pattern))


def _group_starts(pattern: str) -> list[int]:
    openings = re.finditer(r"\\.|\[(?:\\.|[^\]\\])*\]|(\((?!\?)|\(\?P?<(?![=!]))", pattern)
    return [match.start() for match in openings if match[1]]
