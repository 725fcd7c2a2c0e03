"""Finding the one event for which CloudWatch refuses a whole batch."""

from collections.abc import Callable

from .events import Event


class RefusedAnywayError(Exception):
    """Even an event known to be good is refused, so the fault is not in the events."""

    def __init__(self, undelivered: list[Event]) -> None:
        """`undelivered` are the events not accepted so far, in order."""
        super().__init__("CloudWatch refuses even the shipper's own marker")
        self.undelivered = undelivered


def isolate(
    refused: list[Event],
    deliver: Callable[[list[Event]], bool],
    marker_of: Callable[[Event], Event],
) -> list[Event]:
    """Deliver all of a refused batch but the events at fault, with a marker in place of each.

    Returns those events. `deliver` says whether what it was given was taken; it is called at most
    log2(n) + 2 times for each event at fault. The last time is the event alone, after its marker
    was taken: all may have been refused for a while, for no fault of an event.
    """
    poison: list[Event] = []
    markers: list[Event] = []
    pending = refused
    while True:
        suspect, deferred = _narrow(pending, deliver)
        if any(suspect is marker for marker in markers):
            raise RefusedAnywayError(poison + [event for event in deferred if event not in markers])
        poison.append(suspect)
        markers.append(marker_of(suspect))
        pending = [markers[-1], *deferred]
        if deliver(pending):
            return [event for event in poison if not deliver([event])]


def _narrow(
    refused: list[Event], deliver: Callable[[list[Event]], bool]
) -> tuple[Event, list[Event]]:
    """The first event at fault, and those not delivered yet. All others have been."""
    deferred: list[Event] = []
    while len(refused) > 1:
        middle = len(refused) // 2
        first, second = refused[:middle], refused[middle:]
        if deliver(first):
            refused = second
        else:
            refused, deferred = first, second + deferred
    return refused[0], deferred
