"""Clusters texts into patterns.

Tokens with digits vary by themselves; texts that then agree in most of their words are one pattern,
as in Drain (He, Zhu, Zheng, Lyu: "Drain: An Online Log Parsing Approach with Fixed Depth Tree",
ICWS 2017; the similarity threshold is the paper's).
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

# Stands for what varies, in texts and between their tokens; no log has it.
VARIABLE = "\x02"
# A token with a digit in it: a number, an identifier, a time; not more than one part of a path.
VARIABLE_REGEX = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[\w.,:+-]*|[\w.+@-]*[0-9][\w.+@:-]*"

_SIMILARITY = 0.5
_MOST_CLUSTERS = 200  # alike in length and beginning; then the most similar one takes the rest
_PIECES = re.compile(rf"{VARIABLE}|\w+|\s+|[^\w\s]")
_KINDS = (
    ("Time", re.compile(r"\d{4}-\d\d-\d\d.*|\d\d:\d\d(:\d\d.*)?|\d\d/\w{3}/\d{4}.*")),
    ("UUID", re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")),
    ("IP", re.compile(r"\d{1,3}(\.\d{1,3}){3}(:\d+)?")),
    ("Number", re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")),
    ("ID", re.compile(r"[\w.:+@-]+")),
)


@dataclass
class Template:
    """Texts that are the same but for their tokens with digits: how many there are now, how many
    in the period to compare with, how many in each piece of time, and some of them.
    """

    text: str
    count: int
    earlier: int
    times: Counter[int]
    samples: list[str]


@dataclass
class Cluster:
    """Templates of one pattern, token by token."""

    pieces: list[str]
    templates: list[Template] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many texts follow the pattern now."""
        return sum(template.count for template in self.templates)

    @property
    def earlier(self) -> int:
        """How many did in the period to compare with."""
        return sum(template.earlier for template in self.templates)

    def times(self) -> Counter[int]:
        """How many there are in each piece of time."""
        return sum((template.times for template in self.templates), Counter[int]())

    def pattern(self) -> str:
        """The pattern as people read it: what varies is `<Kind-place>`, what never did is left."""
        values = self.values()
        written, place = [], 0
        for index, piece in enumerate(self.pieces):
            if piece != VARIABLE:
                written.append(piece)
                continue
            found = values[index]
            if len(found) == 1 and self.count > 1 and not _is_number(next(iter(found))):
                written.append(next(iter(found)))
                continue
            place += 1
            written.append(f"<{_kind(found)}-{place}>")
        return "".join(written)

    def values(self) -> dict[int, set[str]]:
        """What stood in the places that vary, as far as the samples tell."""
        regex = re.compile(
            "".join("(.*?)" if piece == VARIABLE else re.escape(piece) for piece in self.pieces),
            re.DOTALL,
        )
        places = [index for index, piece in enumerate(self.pieces) if piece == VARIABLE]
        found: dict[int, set[str]] = {index: set() for index in places}
        for sample in (text for template in self.templates for text in template.samples):
            match = regex.fullmatch(sample)
            for index, value in zip(places, match.groups() if match else (), strict=False):
                found[index].add(value)
        return found


def cluster(templates: Iterable[Template]) -> list[Cluster]:
    """The clusters of the templates, the most frequent first."""
    buckets: dict[tuple[int, str], list[Cluster]] = {}
    for template in sorted(templates, key=lambda each: (-each.count, -each.earlier, each.text)):
        pieces = _PIECES.findall(template.text)
        bucket = buckets.setdefault((len(pieces), pieces[0] if pieces else ""), [])
        best = max(bucket, key=lambda each: _similarity(each.pieces, pieces), default=None)
        is_full = len(bucket) >= _MOST_CLUSTERS
        if best is None or not (is_full or _similarity(best.pieces, pieces) >= _SIMILARITY):
            best = Cluster(pieces)
            bucket.append(best)
        best.pieces = [
            one if one == other else VARIABLE
            for one, other in zip(best.pieces, pieces, strict=True)
        ]
        best.templates.append(template)
    every = [each for bucket in buckets.values() for each in bucket]
    return sorted(every, key=lambda each: (-each.count, -each.earlier, each.pattern()))


def severity(pattern: str) -> str:
    """The severity that the words of a pattern speak of; AWS, "Pattern analysis", read 2026-11."""
    lower = pattern.lower()
    return "ERROR" if "error" in lower else "WARN" if "warn" in lower else "INFO"


def _similarity(one: list[str], other: list[str]) -> float:
    """The share of words that are the same."""
    words = [
        pair for pair in zip(one, other, strict=True) if pair[0][0].isalnum() or VARIABLE in pair
    ]
    if not words:
        return 1.0 if one == other else 0.0
    return sum(a == b for a, b in words) / len(words)


def _kind(values: set[str]) -> str:
    for name, regex in _KINDS:
        if values and all(map(regex.fullmatch, values)):
            return name
    return "Token"


def _is_number(text: str) -> bool:
    return bool(dict(_KINDS)["Number"].fullmatch(text))
