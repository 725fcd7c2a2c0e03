"""Events that CloudWatch refuses for good: kept on disk, so that a person can look at them."""

from pathlib import Path

from .event import Event

_MAX_BYTES = 16 << 20


class Rejects:
    """Appends to one file of at most 16 MiB, with one older file beside it."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made before there is something to keep."""
        self._path = folder / "rejected.ndjson"

    def keep(self, events: list[Event]) -> None:
        """Append the messages, one a line. Raises OSError if the disk is full."""
        if self._path.exists() and self._path.stat().st_size > _MAX_BYTES:
            self._path.replace(self._path.with_suffix(".old.ndjson"))
        with self._path.open("ab") as file:
            file.write(b"".join(event.message + b"\n" for event in events))
