"""A line means its own connection, and is cut in a forked process, too."""

import math
import os
import socket
import subprocess
import sys

from todo.database.watchdog import Line, unwatch, watch

FORKED = """
import os, socket
from todo.database.watchdog import Line, watch

own, other = socket.socketpair()
watch(Line(own.fileno()), float("inf"))
if os.fork():
    raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))
line = Line(own.fileno())
watch(line, 0.0)
other.settimeout(60)
assert other.recv(1) == b""
"""


def test_a_line_never_means_another_socket():
    own, other = socket.socketpair()
    later, its_other = socket.socketpair()
    line, descriptor = Line(own.fileno()), own.detach()
    os.dup2(later.fileno(), descriptor)  # which closes the line's own
    line.cut()
    later.sendall(b"goes on")
    assert its_other.recv(16) == b"goes on"
    assert other.recv(1) == b""
    os.close(descriptor)
    for each in (other, later, its_other):
        each.close()


def test_a_line_that_is_closed_cuts_nothing():
    own, other = socket.socketpair()
    line = Line(own.fileno())
    watch(line, math.inf)
    unwatch(line)
    line.close()
    line.cut()
    own.sendall(b"goes on")
    assert other.recv(16) == b"goes on"
    own.close()
    other.close()


def test_a_forked_process_has_a_watchdog_of_its_own():
    done = subprocess.run(
        [sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
