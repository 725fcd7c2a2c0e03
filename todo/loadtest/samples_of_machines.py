"""The samples of several machines as those of one run."""

from collections.abc import Sequence
from pathlib import Path

__all__ = ["merge"]


def merge(parts: Sequence[Path], whole: Path) -> None:
    """Writes the rows of all CSV files of k6 into one, under one header.

    Each row is in one file alone, as each machine runs a share of the load of its own. A file that
    is missing is left out; a last row that was cut short stays on a line of its own.
    """
    header = b""
    with whole.open("wb") as merged:
        for part in (each for each in parts if each.is_file()):
            with part.open("rb") as samples:
                first = samples.readline()
                if not header:
                    header = first
                    merged.write(header)
                ended = True
                for row in samples:
                    merged.write(row)
                    ended = row.endswith(b"\n")
            if not ended:
                merged.write(b"\n")
