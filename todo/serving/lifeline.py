"""Ends a process when the one that started it has gone, however that one ended.

The starter alone holds the writing end of a pipe, which the kernel closes with the process, also
after a `kill -9`. Whoever holds the reading end sees that at once. Unlike PR_SET_PDEATHSIG this
works on macOS too, and does not depend on which thread started the child.
"""

import os
import signal
import threading
import time

__all__ = ["Lifeline", "end_at_the_close_of"]


class Lifeline:
    """A pipe whose writing end is with this process and nobody else."""

    def __init__(self) -> None:
        """Opens it. Neither end goes on to a child by itself: `reading_fd` has to be passed on."""
        self.reading_fd, self._writing_fd = os.pipe()

    def let_go(self) -> None:
        """For a forked child, which has a copy of the writing end."""
        os.close(self._writing_fd)


def end_at_the_close_of(reading_fd: int, *, within_s: float, with_group: bool = False) -> None:
    """SIGTERM to this process once the lifeline's starter has gone, and SIGKILL `within_s` seconds
    later.

    `with_group` sends the SIGKILL to the whole process group, if this process leads one. A thread
    waits for it; call this again in a child that is forked, where the thread is not.
    """
    threading.Thread(
        target=_end, args=(reading_fd, within_s, with_group), name="lifeline", daemon=True
    ).start()


def _end(reading_fd: int, within_s: float, with_group: bool) -> None:
    while os.read(reading_fd, 1):
        pass  # nobody writes
    own_pid = os.getpid()
    os.kill(own_pid, signal.SIGTERM)
    time.sleep(within_s)
    if with_group and os.getpgrp() == own_pid:
        os.killpg(own_pid, signal.SIGKILL)
    os.kill(own_pid, signal.SIGKILL)
