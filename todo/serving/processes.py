"""Child processes that are kept running until we are asked to stop, and then stopped in order."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

__all__ = ["STOP_SIGNALS", "Service", "run_until_stopped", "stop"]

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
RESTART_AFTER_S = 1.0  # at least this long between two starts
_LOOK_EVERY_S = 0.5


@dataclass
class Service:
    """A child process in a session of its own: a terminal's Ctrl-C reaches it only through us."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    stop_within_s: float
    pass_fds: tuple[int, ...] = ()
    stdout: int | None = None
    ends_all: bool = False
    """Whether all is over when it exits by itself. Killed by a signal, it is started again."""

    child: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    _started_at: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Starts it, or starts it again."""
        self._started_at = time.monotonic()
        self.child = subprocess.Popen(  # noqa: S603  # our own command
            self.command,
            env=self.environment,
            stdout=self.stdout,
            pass_fds=self.pass_fds,
            start_new_session=True,
        )

    def exit_code(self) -> int | None:
        """How it ended, as a negative number by which signal; None while it runs."""
        return self.child.poll() if self.child else None

    def may_start(self) -> bool:
        """Whether the last start is long enough ago."""
        return time.monotonic() - self._started_at >= RESTART_AFTER_S

    def terminate(self) -> None:
        """SIGTERM, if it runs."""
        if self.child and self.child.poll() is None:
            self.child.terminate()

    def kill(self) -> None:
        """SIGKILL to it and to what it has started in its session."""
        if self.child and self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()


def run_until_stopped(services: Sequence[Service], say: Callable[[str], None]) -> int:
    """Keeps `services` running, and returns the exit code: 0 when a signal asked to stop.

    One that ends is started again, and `say` gets a line about that; one with `ends_all` that exits
    by itself ends all, with its code. At the end they are stopped one after the other: SIGTERM, and
    SIGKILL after its `stop_within_s`, or at once when a second signal comes. SIGINT, SIGTERM and
    SIGHUP ask to stop.
    """
    with _signals() as signals:
        try:
            return _keep_running(services, signals, say)
        finally:
            for service in services:
                stop(service, is_urgent=lambda: signals.asked > 1)


class _Signals:
    """How often we were asked to stop, and a wait that a signal ends: also one from a child."""

    def __init__(self) -> None:
        self.asked = 0
        self._reading_fd, self.writing_fd = os.pipe()
        os.set_blocking(self._reading_fd, False)
        os.set_blocking(self.writing_fd, False)

    def on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.asked += 1

    def wait(self, seconds: float) -> None:
        if select.select([self._reading_fd], [], [], seconds)[0]:
            os.read(self._reading_fd, 4096)

    def close(self) -> None:
        os.close(self._reading_fd)
        os.close(self.writing_fd)


@contextmanager
def _signals() -> Iterator[_Signals]:
    signals = _Signals()
    before = {number: signal.signal(number, signals.on_stop) for number in STOP_SIGNALS}
    before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
    wakeup_before = signal.set_wakeup_fd(signals.writing_fd, warn_on_full_buffer=False)
    try:
        yield signals
    finally:
        signal.set_wakeup_fd(wakeup_before)
        for number, handler in before.items():
            signal.signal(number, handler)
        signals.close()


def _keep_running(
    services: Sequence[Service], signals: _Signals, say: Callable[[str], None]
) -> int:
    for service in services:
        if service.child is None:
            service.start()
    said: set[int] = set()  # the children whose end was told
    while not signals.asked:
        for service in services:
            code = service.exit_code()
            if code is None or service.child is None:
                continue
            if service.ends_all and code >= 0:
                return code
            if service.child.pid not in said:
                said.add(service.child.pid)
                say(f"{service.name} ended ({_described(code)}). Starting it again")
            if service.may_start():
                service.start()
        signals.wait(_LOOK_EVERY_S)
    return 0


def stop(service: Service, is_urgent: Callable[[], bool] = lambda: False) -> None:
    """SIGTERM to the service, and SIGKILL after its `stop_within_s`, or when it `is_urgent`."""
    service.terminate()
    give_up = time.monotonic() + service.stop_within_s
    while service.child and service.exit_code() is None:
        if time.monotonic() > give_up or is_urgent():
            service.kill()
        time.sleep(0.02)


def _described(code: int) -> str:
    return f"by signal {-code}" if code < 0 else f"exit code {code}"
