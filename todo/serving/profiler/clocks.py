"""What the kernel knows of threads and of the host: time on a core, waiting for one, wake-ups."""

import os
from typing import NamedTuple

__all__ = ["HostClock", "ThreadClock", "ThreadTime"]

_BUSY, _ALL = (0, 1, 2, 5, 6, 7), range(8)  # of /proc/stat: idle and waiting for a disk are free


class ThreadTime(NamedTuple):
    """What a thread did in a piece of time, in milliseconds, and how often it was woken."""

    cpu_ms: float
    core_ms: float
    """Ready to run, without a core."""
    wakes: int


class ThreadClock:
    """One thread of this process, by its kernel id. Only Linux tells what it did."""

    def __init__(self, native_id: int) -> None:
        """Starts to count."""
        try:
            self._file = os.open(f"/proc/self/task/{native_id}/schedstat", os.O_RDONLY)
        except OSError:
            self._file = -1
        self._last = self._read()

    def since_last(self) -> ThreadTime | None:
        """Since the call before this; None when the kernel does not tell, or the thread is gone."""
        last, self._last = self._last, self._read()
        if last is None or self._last is None:
            return None
        cpu_ns, core_ns, wakes = (now - then for now, then in zip(self._last, last, strict=True))
        return ThreadTime(cpu_ns / 1e6, core_ns / 1e6, wakes)

    def close(self) -> None:
        """Gives the file back."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _read(self) -> tuple[int, int, int] | None:
        try:
            cpu_ns, core_ns, wakes = os.pread(self._file, 100, 0).split()
        except (OSError, ValueError):
            return None
        return int(cpu_ns), int(core_ns), int(wakes)


class HostClock:
    """How busy all cores of this host are together."""

    def __init__(self) -> None:
        """Starts to count."""
        self._last = self._read()

    def percent_since_last(self) -> float | None:
        """Since the call before this, 0 to 100; None when the kernel does not tell."""
        last, self._last = self._last, self._read()
        if last is None or self._last is None or self._last[1] == last[1]:
            return None
        return 100 * (self._last[0] - last[0]) / (self._last[1] - last[1])

    @staticmethod
    def _read() -> tuple[int, int] | None:
        try:
            with open("/proc/stat", "rb") as file:
                ticks = [int(each) for each in file.readline().split()[1:]]
        except (OSError, ValueError):
            return None
        return sum(ticks[each] for each in _BUSY), sum(ticks[each] for each in _ALL)
