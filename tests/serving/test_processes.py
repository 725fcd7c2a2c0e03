"""Services that are kept running, and ended whatever they do about it."""

import signal
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest

from todo.serving import processes
from todo.serving.processes import Service

SUPERVISE = """
import os, sys
from todo.serving.processes import Service, run_until_stopped

code, stop_within_s, ends_all = sys.argv[1:]
command = [sys.executable, "-c", code]
service = Service("it", command, os.environ, float(stop_within_s), ends_all=ends_all == "True")
sys.exit(run_until_stopped([service], lambda text: print(text, flush=True)))
"""
STUBBORN = """
import os, signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.getpid(), subprocess.Popen(["sleep", "600"]).pid, flush=True)
time.sleep(600)
"""
ENDS = "import time; print(time.monotonic(), flush=True); raise SystemExit(7)"


@pytest.fixture
def supervise():
    """Call it for a process that keeps one service running."""
    started = []

    def start(code, *, stop_within_s=600.0, ends_all=False):
        command = [sys.executable, "-c", SUPERVISE, code, str(stop_within_s), str(ends_all)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def family_of(supervisor):
    return [psutil.Process(int(pid)) for pid in supervisor.stdout.readline().split()]


def is_alive(process):
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(("stop_within_s", "signals"), [(0.1, 1), (600.0, 2)])
def test_what_does_not_end_is_killed_with_all_that_it_started(
    supervise, wait_until, stop_within_s, signals
):
    """After its time, or at once when a second signal comes."""
    supervisor = supervise(STUBBORN, stop_within_s=stop_within_s)
    family = family_of(supervisor)
    supervisor.send_signal(signal.SIGTERM)
    if signals == 2:
        supervisor.send_signal(signal.SIGHUP)
    assert supervisor.wait(60) == 0
    wait_until(lambda: not any(map(is_alive, family)), within_s=30)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_that_asks_to_stop_stops(supervise, number):
    supervisor = supervise("print(flush=True); import time; time.sleep(600)")
    supervisor.stdout.readline()
    supervisor.send_signal(number)
    assert supervisor.wait(60) == 0


def test_what_ends_is_started_again(supervise):
    supervisor = supervise(ENDS)
    first = supervisor.stdout.readline()
    assert "it ended (exit code 7). Starting it again" in supervisor.stdout.readline()
    assert float(supervisor.stdout.readline()) > float(first)


def test_two_starts_are_a_second_apart(monkeypatch):
    clock = SimpleNamespace(now_s=100.0)
    monkeypatch.setattr(processes.time, "monotonic", lambda: clock.now_s)
    service = Service("it", ["true"], {}, stop_within_s=1.0)
    service.start()
    service.child.wait()
    clock.now_s += 0.9
    assert not service.may_start()
    clock.now_s += 0.2
    assert service.may_start()


def test_one_that_ends_all_ends_it_with_its_code(supervise):
    assert supervise(ENDS, ends_all=True).wait(60) == 7
