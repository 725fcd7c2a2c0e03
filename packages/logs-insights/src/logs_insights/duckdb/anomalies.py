"""Which patterns are unusual: those that come much more often at some time, those that are new, and
those with a number far from its others.

How far is too far is said by the modified z-score (Iglewicz, Hoaglin: "How to Detect and Handle
Outliers", 1993), with the threshold that they recommend.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from .drain import Cluster

_THRESHOLD = 3.5
_SLICES = 30
_NEW_FROM = 2 / 3  # of the time: what is first seen after that, is new
_FEWEST = 5  # values or slices from which something can be said
_HTTP_ERROR = re.compile(r"[45]\d\d")


@dataclass(frozen=True)
class Anomaly:
    """What is unusual about a pattern, and how much: a modified z-score, or 1."""

    kind: str
    score: float


def find(clusters: Sequence[Cluster]) -> list[Anomaly | None]:
    """For each cluster what is unusual about it, if something is."""
    times = [minute for each in clusters for minute in each.times()]
    if not times:
        return [None] * len(clusters)
    first, last = min(times), max(times)
    return [_unusual(each, first, last) for each in clusters]


def _unusual(each: Cluster, first: int, last: int) -> Anomaly | None:
    if not each.count:
        return None
    return (
        _is_new(each, first, last) or _frequency(each, first, last) or _numbers(each) or _http(each)
    )


def _is_new(each: Cluster, first: int, last: int) -> Anomaly | None:
    start = min(each.times(), default=first)
    is_late = last - first >= _SLICES and start >= first + (last - first) * _NEW_FROM
    return Anomaly("New pattern", 1.0) if is_late else None


def _frequency(each: Cluster, first: int, last: int) -> Anomaly | None:
    length = max(1, -(-(last - first + 1) // _SLICES))
    counts = [0.0] * (1 + (last - first) // length)
    for minute, count in each.times().items():
        counts[(minute - first) // length] += count
    score = _score(counts)
    return Anomaly("Pattern frequency", score) if score > _THRESHOLD else None


def _numbers(each: Cluster) -> Anomaly | None:
    for values in each.values().values():
        numbers = [float(value) for value in values if re.fullmatch(r"[+-]?\d+(\.\d+)?", value)]
        score = _score(numbers) if len(numbers) == len(values) else 0.0
        if score > _THRESHOLD:
            return Anomaly("Numerical token", score)
    return None


def _http(each: Cluster) -> Anomaly | None:
    if not re.search(r"http|status", "".join(each.pieces), re.IGNORECASE):
        return None
    for values in each.values().values():
        if values and all(map(_HTTP_ERROR.fullmatch, values)):
            return Anomaly("HTTP error code", 1.0)
    return None


def _score(numbers: Sequence[float]) -> float:
    """The largest modified z-score above the median."""
    if len(numbers) < _FEWEST:
        return 0.0
    middle = median(numbers)
    deviation = median(abs(number - middle) for number in numbers)
    if deviation == 0:
        mean = sum(abs(number - middle) for number in numbers) / len(numbers)
        return (max(numbers) - middle) / (1.253314 * mean) if mean else 0.0
    return 0.6745 * (max(numbers) - middle) / deviation
