"""Which events are of one piece of work: a request, an attempt at a job, or other work."""

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Frame", "Record", "frames", "is_boundary"]

Record = dict[str, str]

_KINDS = ("request", "job", "work")
_BOUNDARIES = {f"{kind}_{end}": kind for kind in _KINDS for end in ("started", "finished")}


@dataclass(frozen=True)
class Frame:
    """One piece of work, and the events from its start to its end, in order. Work within it is
    among them.
    """

    kind: str
    events: list[Record]

    @property
    def started(self) -> Record | None:
        """Its first event, where that is there."""
        return next(self._named("started"), None)

    @property
    def finished(self) -> Record | None:
        """Its canonical line. That of work within it comes before."""
        return next(reversed(list(self._named("finished"))), None)

    def _named(self, end: str) -> Iterator[Record]:
        return (event for event in self.events if event.get("event") == f"{self.kind}_{end}")


def is_boundary(event: Record) -> bool:
    """Whether it is the first or the last event of some work."""
    return event.get("event") in _BOUNDARIES


def frames(events: list[Record]) -> list[Frame]:
    """The work in these events, which are of one ID and one process, in order.

    Where there is a request, all other work is within it. Frames are told apart by their starts or,
    where those are not logged, their ends.
    """
    kinds = [_BOUNDARIES[event["event"]] for event in events if is_boundary(event)]
    kind = "request" if "request" in kinds or not kinds else kinds[0]
    names = {event.get("event") for event in events}
    split = _by_starts if f"{kind}_started" in names else _by_ends
    return [Frame(kind, part) for part in split(events, kind) if part]


def _by_starts(events: list[Record], kind: str) -> list[list[Record]]:
    split: list[list[Record]] = [[]]
    depth = 0
    for event in events:
        name = event.get("event")
        if name == f"{kind}_started":
            if depth == 0 or _is_again(event, split[-1], kind):
                depth = 0
                if any(map(is_boundary, split[-1])):
                    split.append([])
            depth += 1
        elif name == f"{kind}_finished":
            depth -= 1
        split[-1].append(event)
    return split


def _is_again(started: Record, events: list[Record], kind: str) -> bool:
    """Whether this is no work within that which has not ended, but comes after it: a request is in
    no request, and a job not in itself.
    """
    first = next((event for event in events if is_boundary(event)), {})
    is_same_job = "job_id" in started and started["job_id"] == first.get("job_id")
    return kind == "request" or is_same_job


def _by_ends(events: list[Record], kind: str) -> list[list[Record]]:
    split: list[list[Record]] = [[]]
    for event in events:
        split[-1].append(event)
        if event.get("event") == f"{kind}_finished":
            split.append([])
    return split
