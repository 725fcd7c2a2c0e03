"""Where log events wait for the shipper: a folder that processes and their threads append to."""

import contextlib
import os
import threading
import time
import weakref
from collections import deque
from pathlib import Path

from .admission import Admission
from .folder import SpoolFolder
from .lane import Lane

DEFAULT_MAX_BYTES = 2 << 30
"""Bytes that a spool may take unless it is told otherwise."""

_LANE_WAIT_S = 0.05
_LANE_LOOK_S = 0.001


class Spool:
    """Takes log events from every thread of a process, and of the processes forked from it.

    An append is a copy into a memory map: no system call, no thread, no queue, and no lock. It
    never raises. When the spool is full or the disk is, the least important levels are dropped
    first and counted; the shipper reports how many, and from when to when.

    A thread takes a lane that no other is using, stores its event there, and puts the lane back. A
    thread that loses the GIL meanwhile keeps its lane and nobody waits for it: the next one takes
    another lane. There are as many as threads were ever in the middle of an append at once.
    """

    def __init__(self, path: Path | str, *, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        """`max_bytes` bounds all segments in the folder together, of all processes.

        Raises SpoolFolderError if nothing can be written there. No segment is made before the
        first event.
        """
        self._folder = SpoolFolder(path)
        self._folder.require_writable()
        self._max_bytes = max_bytes
        self._start()
        _spools.add(self)

    def _start(self) -> None:
        self._making = threading.RLock()
        self._admission = Admission(self._max_bytes)
        self._idle: deque[Lane] = deque()  # its pop and append are atomic
        self._lanes: list[Lane] = []
        self._unborn = self._new_lane()

    def append(self, payload: bytes, timestamp_ms: int, level: int, microsecond: int = 0) -> None:
        """Store one event, so that it survives the death of this process.

        `level` is logging's number; `microsecond` (0 to 999) puts events of one millisecond in
        order.
        """
        try:
            lane = self._idle.pop()
        except IndexError:
            found = self._another_lane(len(payload), timestamp_ms, level)
            if found is None:
                return
            lane = found
        lane.store(payload, timestamp_ms, microsecond, level)
        # A lane whose thread was interrupted for good is not put back: it may be half-way through.
        self._idle.append(lane)

    def finish(self) -> None:
        """Finish the segments that no thread is writing to: once shipped, they can be deleted.

        It is what the end of the process does to all of them. Appending may go on.
        """
        lanes = []
        with contextlib.suppress(IndexError):  # until none is left
            while True:
                lanes.append(self._idle.pop())
        for lane in lanes:
            lane.finish()
        self._idle.extend(lanes)

    def _another_lane(self, payload_bytes: int, timestamp_ms: int, level: int) -> Lane | None:
        """A lane for this event when all are in use; None if it had to be dropped."""
        with self._making:
            lane = self._unborn
            if lane.make_room(payload_bytes, level) is not None:
                self._unborn = self._new_lane()
                self._lanes.append(lane)
                return lane
        if (given_back := self._wait_for_lane(level)) is not None:
            return given_back
        with self._making:
            self._unborn.drop(level, timestamp_ms)
        return None

    def _wait_for_lane(self, level: int) -> Lane | None:
        """The spool has no room for one more lane, but there may be room in those that exist."""
        give_up = time.monotonic() + _LANE_WAIT_S
        while self._lanes and level >= self._admission.floor and time.monotonic() < give_up:
            time.sleep(_LANE_LOOK_S)
            try:
                return self._idle.pop()
            except IndexError:
                continue
        return None

    def _new_lane(self) -> Lane:
        return Lane(self._folder, self._admission, max_bytes=self._max_bytes, making=self._making)

    def before_fork(self) -> None:
        """Let no thread be half-way through making a segment, which the child would keep open."""
        self._making.acquire()

    def after_fork_in_parent(self) -> None:
        """Go on."""
        self._making.release()

    def after_fork_in_child(self) -> None:
        """Go on as another writer, without the parent's segments."""
        inherited = self._lanes
        self._start()
        for lane in inherited:
            lane.abandon()


_spools: "weakref.WeakSet[Spool]" = weakref.WeakSet()
_forking: list[Spool] = []


def _before_fork() -> None:
    _forking.extend(_spools)
    for spool in _forking:
        spool.before_fork()


def _after_fork_in_parent() -> None:
    while _forking:
        _forking.pop().after_fork_in_parent()


def _after_fork_in_child() -> None:
    while _forking:
        _forking.pop().after_fork_in_child()


os.register_at_fork(
    before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child
)
