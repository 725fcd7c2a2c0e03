"""Where a field of a discovered name may stand in JSON, as JSON pointers."""

import re
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise

_MAX_GROUPED = 5  # names of more parts are looked for with at most one run of them as one key
MOST_PARTS = 12  # names of even more are looked for only as a whole, or with all of them nested


def parts_of(name: str) -> list[str]:
    """The keys that a name may mean: those between its dots; `a[0]` is `a.0`."""
    key = name.removeprefix("@") if name.startswith("@@") else name
    return re.sub(r"\[(\d+)\]", r".\1", key).split(".")


def _pointer(keys: Iterable[str]) -> str:
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)


def places(name: str) -> list[str]:
    """Where a field may stand in the JSON, as JSON pointers: under its whole name, or nested."""
    parts = parts_of(name)
    return [_pointer([".".join(parts)])] + ([_pointer(parts)] if len(parts) > 1 else [])


def dotted_places(parts: list[str]) -> Iterator[str]:
    """The places where some of the keys have dots in them, as `service.name` in a nested map."""
    grouped = _groupings(parts) if len(parts) <= _MAX_GROUPED else _with_one_run(parts)
    yield from map(_pointer, grouped)


def _groupings(parts: list[str]) -> Iterator[list[str]]:
    for cuts in range(1, len(parts) - 1):
        for inner in combinations(range(1, len(parts)), cuts):
            bounds = pairwise([0, *inner, len(parts)])
            yield [".".join(parts[start:end]) for start, end in bounds]


def _with_one_run(parts: list[str]) -> Iterator[list[str]]:
    for start, end in combinations(range(len(parts) + 1), 2):
        if 1 < end - start < len(parts):
            yield [*parts[:start], ".".join(parts[start:end]), *parts[end:]]
