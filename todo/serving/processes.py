"""A child process that is stopped when we are asked to stop, in bounded time."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from types import FrameType

__all__ = ["run_until_stopped"]


def run_until_stopped(
    command: Sequence[str], environment: Mapping[str, str], stop_within_s: float
) -> int:
    """Runs `command` and returns its exit code; 0 when SIGINT or SIGTERM ended it.

    The signal is passed on as one SIGTERM, although a terminal's Ctrl-C reaches every process of
    the foreground. What has not ended `stop_within_s` seconds later, or at a second signal, is
    killed.
    """
    asked_to_stop = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked_to_stop
        if asked_to_stop:
            _signal_group(child, signal.SIGKILL)
            return
        asked_to_stop = True
        child.terminate()
        signal.setitimer(signal.ITIMER_REAL, stop_within_s)

    child = subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603  # our own command
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    before[signal.SIGALRM] = signal.signal(
        signal.SIGALRM, lambda *_: _signal_group(child, signal.SIGKILL)
    )
    try:
        exit_code = child.wait()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0 if asked_to_stop else exit_code


def _signal_group(child: subprocess.Popen[bytes], number: int) -> None:
    if child.poll() is None:
        os.killpg(child.pid, number)
