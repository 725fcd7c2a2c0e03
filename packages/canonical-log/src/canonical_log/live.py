"""What is logged while a service runs, changed for all its workers at once and for a time: by a
file that they all look at.
"""

import json
import logging
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

from .settings import LOGGER
from .verbosity import set_level

__all__ = ["LEVELS", "Change", "LiveSettings", "read_change", "write_change"]

LOOKS_EVERY_S = 1.0
MAX_BYTES = 10_000
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True)
class Change:
    """What differs from the settings, until a time in seconds since 1970; None where nothing does.

    Raises ValueError for a level that is none of `LEVELS` and for a share not from 0 to 1.
    """

    until_s: float
    level: str | None = None
    sample_rate: float | None = None

    def __post_init__(self) -> None:
        """Checks it."""
        if self.level is not None and self.level not in LEVELS:
            raise ValueError(f"{self.level!r} is no level: there are {', '.join(LEVELS)}")
        if self.sample_rate is not None and not 0 <= self.sample_rate <= 1:
            raise ValueError(f"{self.sample_rate} is no share from 0 to 1")


def write_change(path: Path, change: Change | None) -> None:
    """Makes the change known to whoever looks at the file, or takes the last one back with None."""
    if change is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.part")
    new.write_text(json.dumps(asdict(change)), encoding="utf-8")
    new.replace(path)


def read_change(path: Path) -> Change | None:
    """The change that holds now, if any. Raises ValueError for a file that says something else."""
    try:
        with path.open("rb") as file:
            fields = json.loads(file.read(MAX_BYTES))
    except FileNotFoundError:
        return None
    try:
        change = Change(**fields)
        return change if change.until_s > time.time() else None
    except TypeError as error:
        raise ValueError(f"{path} is no change of logging: {error}") from None


class LiveSettings:
    """The change that a file makes known, for one process. It looks at it at most once a second,
    when a request comes.
    """

    def __init__(self, path: str | Path) -> None:
        """There need not be a file."""
        self._path = Path(path)
        self._lock = Lock()
        self._looks_at_s = 0.0
        self._seen: tuple[int, int] | None = None
        self._change: Change | None = None

    def sample_rate(self, usual: float) -> float:
        """The share of requests that are logged in full, by the change or else as usual."""
        if time.monotonic() >= self._looks_at_s:
            self._look()
        change = self._change
        return usual if change is None or change.sample_rate is None else change.sample_rate

    def _look(self) -> None:
        with self._lock:
            self._looks_at_s = time.monotonic() + LOOKS_EVERY_S
            change = self._change
            seen = self._stamp()
            if seen != self._seen:
                self._seen = seen
                change = self._read()
            if change and change.until_s <= time.time():
                change = None
            if change != self._change:
                self._change = change
                set_level(
                    logging.getLevelNamesMapping()[change.level]
                    if change and change.level
                    else None
                )

    def _stamp(self) -> tuple[int, int] | None:
        with suppress(OSError):
            found = self._path.stat()
            return found.st_mtime_ns, found.st_ino
        return None

    def _read(self) -> Change | None:
        try:
            return read_change(self._path)
        except (OSError, ValueError) as error:
            LOGGER.warning("the file for changes of logging cannot be read: %s", error)
            return None
