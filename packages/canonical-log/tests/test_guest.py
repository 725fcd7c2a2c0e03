"""What an app did before, it does with the middleware too: its logging and its errors."""

import importlib
import io
import json
import logging
import logging.config
import logging.handlers
import queue
import subprocess
import sys
import threading
import warnings

import pytest
from flask import Flask
from flask.signals import got_request_exception

import canonical_log


@pytest.fixture
def root():
    """The root logger; what a test does to it is undone."""
    logger = logging.getLogger()
    before = logger.handlers[:], logger.level
    yield logger
    logger.handlers[:], level = before
    logger.setLevel(level)


class Collecting(logging.Handler):
    """As a service for errors has it: takes the exceptions that pass by."""

    def __init__(self):
        super().__init__()
        self.errors = []

    def emit(self, record):
        if record.exc_info:
            self.errors.append((record.name, record.exc_info[1], record.exc_info[2]))


def crashing(app):
    """The app with a view that fails, for a client that sees the answer."""
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.get("/crash")
    def crash():
        raise RuntimeError("as asked")

    canonical_log.init_app(app)
    return app


def test_an_apps_own_way_to_log_exceptions_is_used_and_told_once(lines):
    class Own(Flask):
        def log_exception(self, *arguments):
            logging.getLogger("errors").critical("my way", exc_info=arguments[-1])

    crashing(Own("own")).test_client().get("/crash")
    [line] = lines("exception")
    assert (line["logger"], line["message"], line["level"]) == ("errors", "my way", "CRITICAL")
    assert lines("log") == []


def test_an_app_that_logs_no_exceptions_has_the_line_all_the_same(lines):
    class Silent(Flask):
        def log_exception(self, *arguments):
            pass

    crashing(Silent("silent")).test_client().get("/crash")
    [line] = lines("exception")
    assert (line["exception_type"], line["message"]) == (
        "RuntimeError",
        "Exception on /crash [GET]",
    )


def test_handlers_of_the_app_and_of_root_get_the_exception_with_its_trace(lines, root):
    on_root, on_app = Collecting(), Collecting()
    app = crashing(Flask("watched"))
    app.logger.addHandler(on_app)
    root.addHandler(on_root)
    app.test_client().get("/crash")
    for handler in (on_root, on_app):
        [(name, error, trace)] = handler.errors
        assert (name, type(error), trace is not None) == ("watched", RuntimeError, True)
    assert len(lines("exception")) == 1
    logging.getLogger("watched").handlers.clear()


def test_a_logger_that_does_not_propagate_leaves_the_line_to_us(lines):
    app = crashing(Flask("alone"))
    own = Collecting()
    app.logger.addHandler(own)
    app.logger.propagate = False
    app.test_client().get("/crash")
    assert (len(own.errors), len(lines("exception"))) == (1, 1)


def test_an_exception_that_is_raised_again_reaches_handlers_of_root_with_its_trace(lines, root):
    collecting = Collecting()
    root.addHandler(collecting)
    app = crashing(Flask("raising"))
    app.config["PROPAGATE_EXCEPTIONS"] = True
    with pytest.raises(RuntimeError):
        app.test_client().get("/crash")
    [(_, error, trace)] = collecting.errors
    assert (type(error), trace is not None, len(lines("exception"))) == (RuntimeError, True, 1)


def test_every_handler_that_formats_has_the_same_line(root, captured):
    more = logging.StreamHandler(open("/dev/null", "w"))  # noqa: SIM115  # closed with the handler
    formatted = []
    more.setFormatter(canonical_log.JsonFormatter())
    more.emit = lambda record: formatted.append(more.format(record))
    root.addHandler(more)
    crashing(Flask("twice")).test_client().get("/crash")
    assert sum('"event":"exception"' in line for line in formatted) == 1
    assert len(captured("exception")) == 1
    more.stream.close()


def test_a_line_about_an_exception_before_it_is_unhandled_is_a_line_of_its_own(lines):
    app = Flask("twofold")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    canonical_log.init_app(app)

    @app.get("/crash")
    def crash():
        try:
            raise RuntimeError("as asked")
        except RuntimeError:
            logging.getLogger("view").exception("it failed")
            raise

    app.test_client().get("/crash")
    assert [line["message"] for line in lines("log")] == ["it failed"]
    assert len(lines("exception")) == 1


def test_another_signature_of_log_exception_does_not_matter(lines):
    """Flask's next version calls it with the context before the exception."""

    class Next(Flask):
        def handle_exception(self, *arguments):
            got_request_exception.send(self, exception=arguments[-1])
            self.log_exception("the context", sys.exc_info())
            return self.make_response(("failed", 500))

        def log_exception(self, _ctx, exc_info):
            self.logger.error("Exception in the next version", exc_info=exc_info)

    assert crashing(Next("next")).test_client().get("/crash").status_code == 500
    [line] = lines("exception")
    assert line["message"] == "Exception in the next version"


def test_where_a_call_was_made_is_on_its_line_when_asked_for(lines):
    logging.getLogger("own").info("here", stack_info=True)
    assert "test_where_a_call_was_made" in lines("log")[0]["stack_info"]


def test_colours_of_the_development_server_are_taken_out(lines):
    logging.getLogger("werkzeug").warning('\x1b[33m"GET /nothing HTTP/1.1" 404 -\x1b[0m')
    assert lines("log")[0]["message"] == '"GET /nothing HTTP/1.1" 404 -'


def test_configuring_keeps_the_handlers_that_others_added(root, caplog, tmp_path):
    file = logging.FileHandler(tmp_path / "log")
    root.addHandler(file)
    canonical_log.configure()
    logging.getLogger("own").warning("both")
    file.close()
    assert (tmp_path / "log").read_text() == "both\n"
    assert caplog.messages == ["both"]


def test_an_output_that_a_test_has_closed_is_replaced(root, capsys, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", io.StringIO())
        canonical_log.configure()
        sys.stdout.close()
    logging.getLogger("own").warning("later")
    printed = capsys.readouterr()
    assert (printed.out.count("later"), printed.err) == (1, "")


def test_configuring_takes_off_what_would_print_each_line_again(root, capsys):
    root.handlers.clear()
    logging.basicConfig()
    canonical_log.configure()
    canonical_log.configure()
    logging.getLogger("own").warning("once")
    printed = capsys.readouterr()
    assert (printed.out.count("once"), printed.err) == (1, "")


def test_dict_config_can_name_the_formatter(root, capsys):
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": "canonical_log.JsonFormatter"}},
            "handlers": {
                "out": {
                    "class": "logging.StreamHandler",
                    "formatter": "json",
                    "stream": "ext://sys.stdout",
                }
            },
            "root": {"level": "INFO", "handlers": ["out"]},
        }
    )
    crashing(Flask("dict")).test_client().get("/crash").get_data()
    printed = capsys.readouterr().out
    assert printed.count('"event":"request_finished"') == 1
    assert printed.count('"event":"exception"') == 1


def test_a_configuration_that_switches_our_lines_off_is_told_with_the_way_out(lines):
    logger = logging.getLogger("canonical_log")
    app = Flask("disabled")
    canonical_log.init_app(app)
    logger.disabled = True  # as dictConfig does by default
    try:
        for _ in range(2):
            app.test_client().get("/").get_data()
    finally:
        logger.disabled = False
    [line] = lines("log")
    assert "disable_existing_loggers" in line["message"]
    assert line["level"] == "WARNING"


def test_hooks_for_uncaught_exceptions_are_called_after_ours(root, monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "excepthook", lambda *a: seen.append(("process", a[0])))
    monkeypatch.setattr(threading, "excepthook", lambda a: seen.append(("thread", a.exc_type)))
    canonical_log.configure()
    canonical_log.configure()
    sys.excepthook(KeyError, KeyError("x"), None)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    assert seen == [("process", KeyError), ("thread", ZeroDivisionError)]
    logging.captureWarnings(False)


def test_warnings_can_still_be_expected_in_tests(root):
    canonical_log.configure()
    with pytest.warns(UserWarning, match="odd"):
        warnings.warn("odd", stacklevel=1)
    logging.captureWarnings(False)


def test_importing_changes_nothing():
    code = (
        "import logging, sys, threading, warnings; "
        "before = [*logging.root.handlers], sys.excepthook, threading.excepthook, "
        "warnings.showwarning, logging.getLoggerClass(), logging.getLogRecordFactory(); "
        "import canonical_log.flask, canonical_log.sqlalchemy, canonical_log.testing; "
        "after = [*logging.root.handlers], sys.excepthook, threading.excepthook, "
        "warnings.showwarning, logging.getLoggerClass(), logging.getLogRecordFactory(); "
        "assert before == after"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert importlib.util.find_spec("canonical_log")


def test_set_up_runs_no_teardown_of_the_app(lines):
    app = Flask("torn")
    torn = []
    app.teardown_appcontext(torn.append)
    canonical_log.init_app(app)
    assert torn == []


def test_flasks_own_handler_does_not_print_each_line_again(root, capsys):
    root.handlers.clear()
    app = Flask("early")
    app.logger.warning("before")
    canonical_log.configure()
    canonical_log.init_app(app)
    app.logger.warning("after")
    printed = capsys.readouterr()
    assert (printed.out + printed.err).count("after") == 1


def test_a_line_that_is_formatted_within_another_request_has_not_its_id():
    """As by a handler that keeps lines until one is an error."""
    output = io.StringIO()
    target = logging.StreamHandler(output)
    target.setFormatter(canonical_log.JsonFormatter())
    keeping = logging.handlers.MemoryHandler(100, logging.ERROR, target)
    own = logging.getLogger("own")
    own.addHandler(keeping)
    try:
        for level in (logging.WARNING, logging.ERROR):
            with canonical_log.work("part", id=str(level)):
                own.log(level, level)
    finally:
        own.removeHandler(keeping)
    kept, last = [json.loads(line) for line in output.getvalue().splitlines()]
    assert (kept.get("correlation_id"), last["correlation_id"]) == (None, "40")


def test_lines_that_a_queue_takes_are_formatted_before(root, captured):
    taken = queue.SimpleQueue()
    handler = logging.handlers.QueueHandler(taken)
    handler.setFormatter(canonical_log.JsonFormatter())
    root.addHandler(handler)
    with canonical_log.work("queued", id="own"):
        logging.getLogger("own").info("hello %s", "you", extra={"number": 1})
    lines = [json.loads(taken.get().getMessage()) for _ in range(3)]
    assert [(line["event"], line["correlation_id"]) for line in lines] == [
        ("work_started", "own"),
        ("log", "own"),
        ("work_finished", "own"),
    ]
    assert lines[1]["number"] == 1


def test_configuring_after_another_configuration_switches_our_lines_on(root, capsys):
    logging.getLogger("canonical_log").disabled = True  # as dictConfig does by default
    canonical_log.configure()
    with canonical_log.work("on"):
        pass
    assert capsys.readouterr().out.count('"event":"work_finished"') == 1


def test_a_file_that_is_not_open_yet_is_no_console(root, tmp_path, monkeypatch):
    file = logging.FileHandler(tmp_path / "log", delay=True)
    root.addHandler(file)
    monkeypatch.setattr(sys, "__stdout__", None)
    canonical_log.configure()
    assert file in root.handlers
