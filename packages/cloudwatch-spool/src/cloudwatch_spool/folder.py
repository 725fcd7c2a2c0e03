"""The spool's folder: its segments, the bytes they take, and the locks that keep processes apart."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK_WAIT_S = (
    0.1  # a stopped process may hold the lock; logging goes on, at worst one segment over the cap
)


class SpoolBusyError(Exception):
    """Another shipper is at work on this spool."""


class SpoolFolder:
    """Names and sizes. Segments are called `<writer>.<number>.segment`."""

    def __init__(self, path: Path) -> None:
        """The folder is made when the first segment is."""
        self.path = path

    def segment_path(self, writer: str, number: int) -> Path:
        """Where the writer's segment of this number belongs."""
        return self.path / f"{writer}.{number:08d}.segment"

    def segments(self) -> dict[str, list[Path]]:
        """The segments of every writer, oldest first."""
        try:
            names = sorted(os.listdir(self.path))
        except FileNotFoundError:
            return {}
        writers: dict[str, list[Path]] = {}
        for name in names:
            if name.endswith(".segment"):
                writer, _ = segment_name(self.path / name)
                writers.setdefault(writer, []).append(self.path / name)
        return writers

    def used_bytes(self) -> int:
        """What all segments take on disk, finished or not."""
        total = 0
        try:
            with os.scandir(self.path) as entries:
                for entry in entries:
                    if entry.name.endswith((".segment", ".new")):
                        total += _size(entry)
        except FileNotFoundError:
            return 0
        return total

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Keep other processes from making a segment meanwhile; says whether that was possible."""
        self.path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o640)
        try:
            yield _lock(descriptor, _LOCK_WAIT_S)
        finally:
            fcntl.flock(
                descriptor, fcntl.LOCK_UN
            )  # by name: a process forked meanwhile shares the descriptor
            os.close(descriptor)

    @contextmanager
    def shipping(self) -> Iterator[None]:
        """Be the only shipper of this folder; raises SpoolBusyError if there is one."""
        self.path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path / "shipper.lock", os.O_RDWR | os.O_CREAT, 0o640)
        try:
            if not _lock(descriptor, _LOCK_WAIT_S):
                raise SpoolBusyError(
                    f"Another shipper is at work on {self.path}. Stop it, or use its spool folder."
                )
            yield
        finally:
            os.close(descriptor)

    def has_shipper(self) -> bool:
        """Whether a shipper is running on this folder now."""
        try:
            with self.shipping():
                return False
        except SpoolBusyError:
            return True

    def remove_unfinished(self) -> None:
        """Delete what processes left that died while they made a segment."""
        with self.locked() as is_locked:
            if is_locked:  # then no living process is making one
                for path in self.path.glob("*.new"):
                    path.unlink(missing_ok=True)


def segment_name(path: Path) -> tuple[str, int]:
    """The writer and the number in the name of a segment; 0 where someone has given it another
    name.
    """
    writer, _, rest = path.name.partition(".")
    number = rest.removesuffix(".segment")
    return writer, int(number) if number.isdecimal() else 0


def _lock(descriptor: int, wait_s: float) -> bool:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.001)
        else:
            return True


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:  # shipped and deleted since it was listed
        return 0
