"""Finding the one event for which CloudWatch refuses a whole batch."""

from collections.abc import Callable

from .event import Event


class RefusedAnywayError(Exception):
    """Even an event known to be good is refused, so the fault is not in the events."""

    def __init__(self, undelivered: list[Event]) -> None:
        """`undelivered` are the events not accepted so far, in order."""
        super().__init__("CloudWatch refuses even the shipper's own marker")
        self.undelivered = undelivered


def isolate(
    refused: list[Event],
    accepts: Callable[[list[Event]], bool],
    marker_of: Callable[[Event], Event],
) -> list[Event]:
    """Deliver all of a refused batch but the events at fault, which are returned; a marker takes
    their place.

    At most log2(n) + 2 calls of `accepts` for each event at fault. The last of them is the event
    alone, after its marker was taken: all may have been refused for a while, for no fault of an
    event.
    """
    poison: list[Event] = []
    markers: list[Event] = []
    pending = refused
    while True:
        suspect, deferred = _narrow(pending, accepts)
        if any(suspect is marker for marker in markers):
            raise RefusedAnywayError(poison + [event for event in deferred if event not in markers])
        poison.append(suspect)
        markers.append(marker_of(suspect))
        pending = [markers[-1], *deferred]
        if accepts(pending):
            return [event for event in poison if not accepts([event])]


def _narrow(
    refused: list[Event], accepts: Callable[[list[Event]], bool]
) -> tuple[Event, list[Event]]:
    """The first event at fault, and those not delivered yet. All others have been."""
    deferred: list[Event] = []
    while len(refused) > 1:
        middle = len(refused) // 2
        first, second = refused[:middle], refused[middle:]
        if accepts(first):
            refused = second
        else:
            refused, deferred = first, second + deferred
    return refused[0], deferred
