"""How far the shipper has come in each segment: written only after delivery, and always whole."""

import json
from dataclasses import dataclass
from pathlib import Path

from .format import PREAMBLE_BYTES


@dataclass(frozen=True, slots=True)
class Position:
    """Everything before `offset` is delivered."""

    offset: int = PREAMBLE_BYTES
    record_count: int = 0
    last_sequence: int | None = None
    is_finished: bool = False


class Positions:
    """The positions of all segments that are not deleted yet, by file name."""

    def __init__(self, folder: Path) -> None:
        """Reads what the last shipper committed.

        A damaged file counts as none: all is delivered again.
        """
        self._path = folder / "positions.json"
        self._positions: dict[str, Position] = {}
        try:
            stored = json.loads(self._path.read_bytes())
            positions = {name: Position(*values) for name, values in stored.items()}
        except (FileNotFoundError, ValueError, TypeError, AttributeError):
            return
        self._positions = {
            name: value for name, value in positions.items() if (folder / name).exists()
        }

    def get(self, segment: str) -> Position:
        """Where to go on in this segment."""
        return self._positions.get(segment, Position())

    def commit(self, changes: dict[str, Position]) -> None:
        """Remember that all this is delivered: in a new file, which takes the place of the old."""
        self._positions |= changes
        values = {
            name: (
                position.offset,
                position.record_count,
                position.last_sequence,
                position.is_finished,
            )
            for name, position in self._positions.items()
        }
        new = self._path.with_suffix(".new-json")
        new.write_text(json.dumps(values))
        new.replace(self._path)

    def forget(self, segment: str) -> None:
        """The segment is deleted."""
        self._positions.pop(segment, None)
