"""A thread that looks at the others about 50 times a second, and writes down what it has seen."""

import gc
import logging
import os
import resource
import sys
import threading
import time

from canonical_log.event_record import EventRecord

from ...profile_fields import WORKER
from . import lines
from .clocks import HostClock, ThreadClock, ThreadTime
from .garbage import Collecting, no_collection
from .requests import ActiveRequests, Served
from .rows import Rows
from .stacks import Stack, read_stack

__all__ = ["Sampler"]

_EVERY_S = 0.02
_WRITE_EVERY_S = 2.0
# A thread that waits for the GIL wakes each 5 ms (sys.getswitchinterval) to ask for it, and uses
# next to nothing then; one that waits for a lock or a socket sleeps until it is there.
_GIL_WAKES_PER_S = 150
_GIL_CPU_PER_WAKE_MS = 0.06
_LEAST_BACKGROUND_SHARE = 0.05


class Sampler:
    """The state of one worker's profile. `run` is the thread's own, and returns when it is idle."""

    def __init__(self, requests: ActiveRequests, threads: int) -> None:
        """Looks at the threads that serve these; there are so many."""
        self._serving_threads = threads
        self._requests = requests
        self._clocks: dict[int, ThreadClock] = {}
        self._rows = Rows()
        self._late_ms: list[float] = []
        self._collecting = Collecting()
        self._records = _Records()

    def run(self) -> None:
        """Samples until there has been no request of a load test for some seconds."""
        gc.callbacks.append(self._collecting)
        handlers = list(logging.getLogger().handlers)  # a logger's filter sees its own records only
        for handler in handlers:
            handler.addFilter(self._records)
        try:
            while self._requests.is_wanted():
                self._sample_and_write()
        finally:
            gc.callbacks.remove(self._collecting)
            for handler in handlers:
                handler.removeFilter(self._records)
            for clock in self._clocks.values():
                clock.close()
            self._clocks.clear()

    def _sample_and_write(self) -> None:
        host, own = HostClock(), ThreadClock(threading.get_native_id())
        started_s, cpu_started_s = time.monotonic(), time.process_time()
        last_s = started_s
        while last_s - started_s < _WRITE_EVERY_S and self._requests.is_wanted():
            time.sleep(_EVERY_S)
            now_s = time.monotonic()
            self._late_ms.append(_late_ms(now_s - last_s, own.since_last()))
            with no_collection():
                self._sample((now_s - last_s) * 1000)
            last_s = now_s
        own.close()
        self._rows.write(self._requests.run_id, self._requests.process)
        self._write_worker(
            (time.monotonic() - started_s) * 1000,
            (time.process_time() - cpu_started_s) * 1000,
            host.percent_since_last(),
        )

    def _sample(self, elapsed_ms: float) -> None:
        frames = sys._current_frames()
        active = self._requests.by_thread()
        now_s = time.monotonic()
        own = threading.get_ident()
        for thread in threading.enumerate():
            ident, native_id = thread.ident, thread.native_id
            if ident is None or native_id is None or ident == own or ident not in frames:
                continue
            took = self._clock(native_id).since_last()
            served = active.get(ident)
            if served:
                age_ms = (now_s - served.started_s) * 1000
                self._add(served, read_stack(frames[ident]), took, age_ms, elapsed_ms)
            elif self._is_background(ident, took, elapsed_ms):
                stack = read_stack(frames[ident])
                if stack.is_app and took:
                    self._rows.add(None, stack, "cpu", False, took.cpu_ms)

    def _is_background(self, ident: int, took: ThreadTime | None, elapsed_ms: float) -> bool:
        if took is None or self._requests.has_served(ident):
            return False
        return took.cpu_ms > _LEAST_BACKGROUND_SHARE * elapsed_ms

    def _add(
        self,
        served: Served,
        stack: Stack,
        took: ThreadTime | None,
        age_ms: float,
        elapsed_ms: float,
    ) -> None:
        holds = self._requests.holds_connection(served.thread)
        running = "logging" if stack.waits_for == "logging" else "cpu"
        left_ms = min(elapsed_ms, age_ms)  # before that the thread did something else
        if took is None:
            state = running if stack.waits_for in ("wait", "gil") else stack.waits_for
            self._rows.add(served, stack, state, holds, left_ms)
            return
        for state, ms in (
            (running, took.cpu_ms),
            ("core", took.core_ms),
            (_waited_for(stack, took, elapsed_ms), elapsed_ms),
        ):
            part_ms = min(ms, left_ms)
            left_ms -= part_ms
            if part_ms > 0:
                self._rows.add(served, stack, state, holds, part_ms)

    def _clock(self, native_id: int) -> ThreadClock:
        clock = self._clocks.get(native_id)
        if clock is None:
            clock = self._clocks[native_id] = ThreadClock(native_id)
        return clock

    def _write_worker(self, elapsed_ms: float, cpu_ms: float, host_percent: float | None) -> None:
        late, self._late_ms = self._late_ms, []
        fields = {
            "run_id": self._requests.run_id,
            "profile_process": self._requests.process,
            "profile_elapsed_ms": round(elapsed_ms, 1),
            "profile_cpu_ms": round(cpu_ms, 1),
            "profile_late_ms": round(sum(late) / len(late), 3) if late else 0.0,
            "profile_gc_ms": round(self._collecting.taken_ms(), 2),
            "profile_rss_bytes": _resident_bytes(),
            "profile_host_percent": None if host_percent is None else round(host_percent, 1),
            "profile_threads": self._serving_threads,
            "profile_log_lines": self._records.taken(),
        }
        lines.write(WORKER, fields)


def _late_ms(elapsed_s: float, own: ThreadTime | None) -> float:
    """How long the sampler, awake and on a core, waited for the GIL."""
    known_ms = own.cpu_ms + own.core_ms if own else 0.0
    return max((elapsed_s - _EVERY_S) * 1000 - known_ms, 0.0)


def _waited_for(stack: Stack, took: ThreadTime, elapsed_ms: float) -> str:
    wakes_often = took.wakes * 1000 / elapsed_ms >= _GIL_WAKES_PER_S
    if wakes_often and stack.waits_for != "lock":
        barely_ran = took.cpu_ms < took.wakes * _GIL_CPU_PER_WAKE_MS
        if barely_ran or stack.waits_for in ("wait", "logging"):
            return "gil"
    return "log_wait" if stack.waits_for == "logging" else stack.waits_for


class _Records(logging.Filter):
    """Counts, and lets everything pass."""

    def __init__(self) -> None:
        super().__init__()
        self._n = 0

    def filter(self, record: logging.LogRecord) -> bool:
        if type(record) is not EventRecord:
            self._n += 1
        return True

    def taken(self) -> int:
        n, self._n = self._n, 0
        return n


def _resident_bytes() -> int:
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
