"""One server in a folder: who has it is in a file, locked as long as its processes live."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["FolderTaken", "Owner", "locked_folder", "owner_of", "wait_until_free"]

FILE = "serve.lock"
_LEFT_BEHIND_END_WITHIN_S = 20.0
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True)
class Owner:
    """The `todo serve` that has a folder."""

    pid: int
    url: str

    def is_alive(self) -> bool:
        """Whether it runs. If not, but the folder is still taken, then by what it has started."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


class FolderTaken(Exception):
    """Another server has the folder."""

    def __init__(self, owner: Owner | None) -> None:
        """`owner` is None where it has not said yet who it is."""
        super().__init__("the folder is taken")
        self.owner = owner


@contextmanager
def locked_folder(folder: Path, url: str) -> Iterator[int]:
    """Keeps other servers out of `folder`. The descriptor is for the processes that we start: what
    they inherit keeps the lock, so that it tells when the last of them has ended.

    Waits for what a killed server has left behind, which ends by itself. Raises FolderTaken.
    """
    folder.mkdir(parents=True, exist_ok=True)
    give_up = time.monotonic() + _LEFT_BEHIND_END_WITHIN_S
    file = os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while not _lock(file):
            owner = _read(file)
            if owner is None or owner.is_alive() or time.monotonic() > give_up:
                raise FolderTaken(owner)
            time.sleep(_LOOK_EVERY_S)
        os.truncate(file, 0)
        os.pwrite(file, json.dumps(asdict(Owner(os.getpid(), url))).encode(), 0)
        yield file
    finally:
        os.close(file)


def owner_of(folder: Path) -> Owner | None:
    """Who has the folder, or had it and has left processes behind; None when it is free."""
    try:
        file = os.open(folder / FILE, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return None if _lock(file) else _read(file)
    finally:
        os.close(file)


def wait_until_free(folder: Path, within_s: float) -> bool:
    """Whether the owner and all that it has started have ended within this time."""
    give_up = time.monotonic() + within_s
    while owner_of(folder):
        if time.monotonic() > give_up:
            return False
        time.sleep(_LOOK_EVERY_S)
    return True


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(file: int) -> Owner | None:
    try:
        found = json.loads(os.pread(file, 4096, 0))
        return Owner(int(found["pid"]), str(found["url"]))
    except (ValueError, KeyError, TypeError):
        return None
