"""The spool's folder: its segments, their size, and the locks that keep processes apart."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# A stopped process may hold the lock; logging goes on, at worst one segment over the cap.
_LOCK_WAIT_S = 0.1
_FULL = (errno.ENOSPC, errno.EDQUOT)


class SpoolFolderError(OSError):
    """The spool's folder cannot be used; the text says why and what to do."""


class SpoolFolder:
    """Names and sizes. Segments are called `<writer>.<number>.segment`."""

    def __init__(self, path: Path | str) -> None:
        """The folder is made when it is first needed."""
        self.path = Path(path).absolute()

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

    def require_writable(self) -> None:
        """Make the folder, and a file in it for a moment.

        Raises SpoolFolderError when that cannot be. A full disk is no reason: it passes, and what
        is dropped meanwhile is counted.
        """
        try:
            with self.locked():
                probe = self.path / f"{os.urandom(8).hex()}.new"
                os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                probe.unlink()
        except OSError as error:
            if error.errno not in _FULL:
                raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> SpoolFolderError:
        return SpoolFolderError(
            error.errno,
            f"no log event can be stored in the spool: {error.strerror}. Let user {os.getuid()} "
            "write to that folder, or name another",
            error.filename or str(self.path),
        )

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Keep other processes from making a segment meanwhile; says whether that was possible."""
        self.path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o640)
        try:
            yield _lock(descriptor, _LOCK_WAIT_S)
        finally:
            # By name: a process forked meanwhile shares the descriptor.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    @contextmanager
    def shipping(self) -> Iterator["ShipperLock"]:
        """The right to ship, to be asked for; given back at the end. Raises SpoolFolderError."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path / "shipper.lock", os.O_RDWR | os.O_CREAT, 0o640)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            yield ShipperLock(descriptor)
        finally:
            os.close(descriptor)

    def has_shipper(self) -> bool:
        """Whether a shipper is running on this folder now."""
        try:
            descriptor = os.open(self.path / "shipper.lock", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            return not _lock(descriptor, _LOCK_WAIT_S)
        finally:
            os.close(descriptor)

    def remove_unfinished(self) -> None:
        """Delete what processes left that died while they made a segment."""
        with self.locked() as is_locked:
            if is_locked:  # then no living process is making one
                for path in self.path.glob("*.new"):
                    path.unlink(missing_ok=True)


class ShipperLock:
    """Held by at most one process at a time; the kernel frees it however that process ends."""

    def __init__(self, descriptor: int) -> None:
        """`descriptor` is the open lock file."""
        self._descriptor = descriptor

    def take(self) -> bool:
        """Try to get it; says whether it is held now."""
        if not _lock(self._descriptor, _LOCK_WAIT_S):
            return False
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"pid {os.getpid()} on {os.uname().nodename}".encode(), 0)
        return True

    def holder(self) -> str:
        """Who has it: the process id and the host."""
        return os.pread(self._descriptor, 400, 0).decode("utf-8", "replace") or "another process"


def segment_name(path: Path) -> tuple[str, int]:
    """The writer and the number in a segment's name; 0 where someone has given it another name."""
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
