"""What a verdict says, as data: it is in report.json as it is here."""

from dataclasses import dataclass
from typing import Literal

from ..wording import milliseconds

__all__ = ["Culprit", "Difference", "Layer", "Served", "Verdict", "WhatIf"]

Layer = Literal[
    "database",
    "lock",
    "pool",
    "commit",
    "upstream",
    "cpu",
    "gil",
    "app_lock",
    "threads",
    "client",
    "logging",
    "worker",
    "memory",
    "unknown",
]


@dataclass(frozen=True)
class Difference:
    """A field of the canonical line that slow requests have otherwise than the others."""

    field: str
    """As `name=value`."""
    slow: int
    """Slow requests with this value, of so many slow ones:"""
    of_slow: int
    others: int
    """Other requests with this value, of so many:"""
    of_others: int

    @property
    def by(self) -> float:
        """The difference of both shares, at most 1."""
        return self.slow / self.of_slow - self.others / self.of_others


@dataclass(frozen=True)
class Served:
    """The load that was offered, what was answered of it, and the threads for it."""

    offered_per_s: float
    """Requests a second, with those that k6 could not begin for lack of users."""
    answered_per_s: float
    """Those that were answered, and not refused with 429 or 503."""
    offered: int
    dropped: int
    refused: int
    unanswered: int
    elapsed_s: float
    threads: int | None
    """Of all workers; None where nothing says how many there are."""
    workers: int
    busy_threads: float
    """On average over the run."""
    full_share: float
    """The share of the time in which nine of ten threads or more were busy."""
    waited_ms: float
    """Mean time that a request waited for a thread, beyond what the network takes."""

    @property
    def unserved(self) -> int:
        """Requests of the offered load that were not served."""
        return self.dropped + self.refused + self.unanswered

    @property
    def unserved_share(self) -> float:
        """The share of the offered load that was not served."""
        return self.unserved / self.offered if self.offered else 0.0


@dataclass(frozen=True)
class WhatIf:
    """What a queueing model says of the same load after one change."""

    change: str
    """In words, such as `without it`."""
    p95_ms: float | None
    """Of what the client waits; None where the load is still beyond the knee."""
    now_p95_ms: float
    knee_per_s: float
    """The rate of requests, of the run's mix, beyond which they wait ever longer."""

    @property
    def in_words(self) -> str:
        """A clause, such as `without it p95 would be about 40 ms instead of 1.20 s, ...`."""
        knee = f"the knee at about {self.knee_per_s:,.0f} requests/s"
        if self.p95_ms is None:
            return f"{self.change} {knee}, still below what was offered"
        p95, now = milliseconds(self.p95_ms), milliseconds(self.now_p95_ms)
        return f"{self.change} p95 would be about {p95} instead of {now}, and {knee}"


@dataclass(frozen=True)
class Culprit:
    """What keeps threads busy that could do something else."""

    layer: Layer
    route: str | None
    statement: str | None
    location: str | None
    """As `file.py:LINE function`."""
    call: str | None
    """What is called there, where that is known."""
    busy_threads: float
    """How many threads it kept busy on average."""
    share: float
    """Of the time of all busy threads."""
    field: str | None
    """The field of the canonical line that makes the difference, as `name=value`."""
    correlation_id: str | None
    """A request to look at."""
    evidence: str
    """The figures that say so, in words."""
    finding: str | None = None
    """What is wrong with the statement's plan, in words."""
    holder: str | None = None
    """Who holds what the others wait for: a route, and what it does meanwhile."""
    what_if: WhatIf | None = None
    """What would be otherwise if it were gone."""


@dataclass(frozen=True)
class Verdict:
    """Whether the server was saturated, and the culprits, first the worst; none when nothing is
    wrong.
    """

    saturated: bool
    sentence: str
    served: Served
    culprits: list[Culprit]
    differences: list[Difference]
    parts: dict[str, float]
    """Busy threads by layer, of all of them, culprit or not."""
