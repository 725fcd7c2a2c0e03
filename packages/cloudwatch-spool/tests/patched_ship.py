"""`cloudwatch-spool`, made to die at a chosen point, to hang, or to live in another time."""

import os
import random
import signal
import socket
import time
from pathlib import Path

from cloudwatch_spool.cloudwatch import LogStream
from cloudwatch_spool.command import main
from cloudwatch_spool.positions import Positions


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(point: str) -> None:
    """Die at some random one of the passes through this point."""
    remaining = random.randrange(4)
    put, commit = LogStream.put, Positions.commit

    def is_now() -> bool:
        nonlocal remaining
        remaining -= 1
        return remaining < 0

    def dying_put(self, events):
        if point == "before sending" and is_now():
            die()
        receipt = put(self, events)
        if point == "after acceptance" and is_now():
            die()
        return receipt

    def dying_commit(self, changes):
        if point == "in the commit" and changes and is_now():
            self._path.with_suffix(".new-json").write_text('{"half')
            die()
        commit(self, changes)
        if point == "after the commit" and changes and is_now():
            die()

    LogStream.put, Positions.commit = dying_put, dying_commit


def shift_clock() -> None:
    """The wall clock is off by some seconds, and steps back by some more after two seconds."""
    offset_s = float(os.environ.get("CLOCK_OFFSET_S", 0))
    step_s = float(os.environ.get("CLOCK_STEP_S", 0))
    real, started = time.time, time.monotonic()
    time.time = lambda: real() + offset_s - (step_s if time.monotonic() > started + 2 else 0)


def hang_in_dns() -> None:
    """A name server that never answers: the call blocks in C, where no signal handler runs."""

    def getaddrinfo(*_: object, **__: object) -> object:
        Path(os.environ["HANG_IN_DNS"]).touch()
        return os.read(os.pipe()[0], 1)

    socket.getaddrinfo = getaddrinfo


if "HANG_IN_DNS" in os.environ:
    hang_in_dns()
if "DIE" in os.environ:
    die_at(os.environ["DIE"])
shift_clock()
main()
