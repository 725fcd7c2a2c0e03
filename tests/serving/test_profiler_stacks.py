"""What a thread waits for is read from its frames."""

import queue
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from todo.serving.profiler.stacks import read_stack

LOCK = threading.Lock()


def sleeps(_stop):
    time.sleep(3)


def with_lock(_stop):
    with LOCK:
        pass


def acquires(_stop):
    LOCK.acquire()
    LOCK.release()


def waits_for_an_event(stop):
    stop.wait(3)


def takes_from_a_queue(stop):
    waiting = queue.Queue()
    threading.Timer(0.5, waiting.put, [1]).start()
    waiting.get()


def reads_a_socket(stop):
    with sockets() as (ours, _), ours.makefile("rb") as file:
        file.read(1)


def reads_a_raw_socket(stop):
    with sockets() as (ours, _):
        ours.recv(1)


@contextmanager
def sockets():
    """Two ends, of which the second sends something half a second later."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        timer = threading.Timer(0.5, theirs.send, [b"x"])
        timer.start()
        yield ours, theirs
        timer.join()


@pytest.mark.parametrize(
    ("function", "waits_for", "call"),
    [
        (sleeps, "sleep", "time.sleep"),
        (with_lock, "lock", "with"),
        (acquires, "lock", "LOCK.acquire"),
        (waits_for_an_event, "lock", "stop.wait"),
        (takes_from_a_queue, "lock", "waiting.get"),
        (reads_a_socket, "upstream", "file.read"),
        (reads_a_raw_socket, "upstream", "ours.recv"),
    ],
)
def test_a_thread_that_waits_says_for_what_and_where(function, waits_for, call, wait_until):
    stop = threading.Event()
    thread = threading.Thread(target=function, args=(stop,), daemon=True)

    def is_told():
        frame = sys._current_frames().get(thread.ident)
        stack = read_stack(frame) if frame else None
        return stack and (stack.waits_for, stack.call) == (waits_for, call) and stack

    with LOCK:
        thread.start()
        wait_until(is_told, within_s=5)
        stack = is_told()
    stop.set()
    thread.join(5)

    assert stack.location.startswith("tests/serving/test_profiler_stacks.py:")
    assert stack.location.endswith(f" {function.__name__}")
    assert stack.location in stack.text
    assert stack.is_app


def test_a_frame_of_the_standard_library_is_not_the_apps():
    stacks = []

    def noted(_each):
        stacks.append(read_stack(sys._getframe()))
        return 0

    sorted([1], key=noted)

    assert stacks[0].location.endswith("noted")


def test_a_collection_never_begins_while_the_frames_of_others_are_read():
    """It would end the process, or have it wait for ever."""
    subprocess.run([sys.executable, "-m", "tests.serving.collecting"], check=True, timeout=60)
