"""Whatever a process has to say is a line of the same form, from its first words to its last."""

import json
import os
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


def test_where_logging_is_switched_off_an_uncaught_exception_is_printed_as_ever():
    code = START + "logging.disable(logging.CRITICAL); raise RuntimeError('as asked')"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (process.stdout, "RuntimeError: as asked" in process.stderr) == ("", True)


def test_the_development_servers_line_with_the_whole_url_is_left_out(lines_of):
    code = "\n".join(
        [
            "from werkzeug.serving import WSGIRequestHandler",
            "class Handler(WSGIRequestHandler):",
            "    path, command, request_version = '/?token=hunter2', 'GET', 'HTTP/1.1'",
            "    address_string = lambda self: '127.0.0.1'",
            "handler = object.__new__(Handler); handler.log_request(200, 5)",
            "handler.log('info', 'listening')",
        ]
    )
    [line] = lines_of(code)
    assert "listening" in line["message"]


def test_a_console_that_is_not_of_utf_8_has_what_it_lacks_escaped():
    code = START + "logging.getLogger('own').info('gr\\xfc\\xdfe')"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment)
    assert json.loads(process.stdout)["message"] == "gr\xfc\xdfe"
    assert process.stderr == b""
