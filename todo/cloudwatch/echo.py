"""Shows delivered events on the terminal."""

import sys
from collections.abc import Sequence
from typing import Any, TextIO

import orjson

from .event import Event
from .shipper import Delivery

_COLOURS = {"DEBUG": "2", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}
_SHOWN = (
    "http_method",
    "http_path",
    "http_status",
    "duration_ms",
    "db_operation",
    "db_table",
    "db_duration_ms",
)


class EchoingDelivery:
    """Delivers elsewhere, then prints: colours on a terminal, the events' own JSON into a pipe."""

    def __init__(self, delivery: Delivery, target: TextIO | None = None) -> None:
        """Prints to standard output unless given another target."""
        self._delivery = delivery
        self._target: TextIO | None = target or sys.stdout
        self._is_terminal = self._target.isatty()

    def send(self, events: Sequence[Event]) -> None:
        """Deliver, then print. A closed pipe ends the printing, not the delivery."""
        self._delivery.send(events)
        if self._target is None:
            return
        show = _for_people if self._is_terminal else _as_is
        try:
            self._target.write("".join(show(event) + "\n" for event in events))
            self._target.flush()
        except OSError:
            self._target = None

    def close(self) -> None:
        """Close the delivery."""
        self._delivery.close()


def _as_is(event: Event) -> str:
    return event.message.decode()


def _for_people(event: Event) -> str:
    fields: dict[str, Any] = orjson.loads(event.message)
    level = str(fields.get("level", ""))
    details = [str(fields[name]) for name in _SHOWN if fields.get(name) is not None]
    text = " ".join([str(fields.get("event", "log")), *details])
    if message := fields.get("message"):
        text += f" {message}"
    if correlation_id := fields.get("correlation_id"):
        text += f" \x1b[2m{correlation_id}\x1b[0m"
    colour = _COLOURS.get(level, "0")
    return f"\x1b[2m{fields.get('timestamp', '')}\x1b[0m \x1b[{colour}m{level:<8}{text}\x1b[0m"
