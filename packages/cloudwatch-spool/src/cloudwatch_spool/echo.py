"""Shows delivered events on the terminal."""

from collections.abc import Sequence
from typing import TextIO

import orjson

from .events import Event
from .shipper import Delivery

_COLOURS = {"WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}


class EchoingDelivery:
    """Delivers elsewhere, then prints each event; on a terminal, coloured from WARNING on."""

    def __init__(self, delivery: Delivery, target: TextIO) -> None:
        """Prints to `target`."""
        self._delivery = delivery
        self._target: TextIO | None = target
        self._is_terminal = target.isatty()

    def send(self, events: Sequence[Event]) -> None:
        """Deliver, then print. A closed pipe ends the printing, not the delivery."""
        self._delivery.send(events)
        if self._target is None:
            return
        show = _coloured if self._is_terminal else _plain
        try:
            self._target.write("".join(show(event) + "\n" for event in events))
            self._target.flush()
        except OSError:
            self._target = None

    def close(self) -> None:
        """Close the delivery."""
        self._delivery.close()


def _plain(event: Event) -> str:
    """The event without what a terminal would obey, or what pretends to be another line."""
    text = event.message.decode()
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else _json_escape(character) for character in text
    )


def _json_escape(character: str) -> str:
    """As JSON writes it, so that a line of JSON stays one."""
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _coloured(event: Event) -> str:
    colour = _COLOURS.get(orjson.loads(event.message).get("level"))
    return f"\x1b[{colour}m{_plain(event)}\x1b[0m" if colour else _plain(event)
