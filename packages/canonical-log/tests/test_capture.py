"""Whatever a process has to say is a line of the same form, from its first words to its last."""

import json
import subprocess
import sys

import pytest

from canonical_log.testing import assert_schema

START = "import logging, threading, warnings; import canonical_log as s; s.configure('DEBUG')\n"


@pytest.fixture
def lines_of():
    """Call it with Python code for the lines of a process that runs it."""

    def run(code):
        process = subprocess.run(
            [sys.executable, "-c", START + code], capture_output=True, text=True, timeout=60
        )
        assert process.stderr == ""
        lines = [json.loads(line) for line in process.stdout.splitlines()]
        for line in lines:
            assert_schema(line)
        return lines

    return run


def test_an_uncaught_exception_is_a_line(lines_of):
    [line] = lines_of("def f():\n secret = 'hunter2'\n raise KeyError('no such key')\nf()")
    assert (line["level"], line["logger"], line["exception_type"]) == (
        "CRITICAL",
        "uncaught",
        "KeyError",
    )
    assert line["exception_location"] == "<string>:4 f"
    assert "hunter2" not in json.dumps(line)


def test_an_exception_in_a_thread_is_a_line(lines_of):
    code = "t = threading.Thread(target=lambda: 1 / 0, name='worker-7'); t.start(); t.join()"
    [line] = lines_of(code)
    assert (line["level"], line["exception_type"]) == ("ERROR", "ZeroDivisionError")
    assert "worker-7" in line["message"]


def test_a_thread_that_exits_is_no_exception(lines_of):
    assert lines_of("t = threading.Thread(target=lambda: exit(3)); t.start(); t.join()") == []


def test_a_warning_is_a_line(lines_of):
    [line] = lines_of("warnings.warn('odd')")
    assert (line["level"], line["logger"]) == ("WARNING", "py.warnings")
    assert "UserWarning: odd" in line["message"]


def test_other_libraries_loggers_are_lines(lines_of):
    lines = lines_of(
        "logging.getLogger('botocore.x').debug('a'); logging.getLogger('werkzeug').info('b')"
    )
    assert [(line["logger"], line["message"]) for line in lines] == [
        ("botocore.x", "a"),
        ("werkzeug", "b"),
    ]


def test_configuring_again_writes_each_line_once(lines_of):
    [line] = lines_of(
        "s.configure('INFO'); l = logging.getLogger('a'); l.info('once'); l.debug('never')"
    )
    assert line["message"] == "once"
