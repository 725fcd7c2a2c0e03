"""The core works with neither Flask nor SQLAlchemy, and says what to install for more."""

import json
import subprocess
import sys

import pytest

WITHOUT = """
import sys

class Nothing:
    def find_spec(self, name, path=None, target=None):
        extras = ("flask", "werkzeug", "sqlalchemy", "gunicorn", "opentelemetry")
        if name.partition(".")[0] in extras:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Nothing())
"""


def run(code):
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code], capture_output=True, text=True, timeout=60
    )


def test_the_core_writes_lines():
    code = "import logging, canonical_log as c; c.configure()\n"
    code += "with c.bind(job=1): logging.getLogger('a').info('done')"
    process = run(code)
    line = json.loads(process.stdout)
    assert (line["message"], line["job"], process.stderr) == ("done", 1, "")


def test_work_has_its_lines():
    process = run(
        "import canonical_log as c; c.configure()\nwith c.work('import', id='i-1'): print('done')"
    )
    lines = process.stdout.splitlines()
    started, finished = (json.loads(line) for line in (lines[0], lines[2]))
    assert (started["event"], finished["event"]) == ("work_started", "work_finished")
    assert (started["correlation_id"], finished["correlation_id"]) == ("i-1", "i-1")
    assert process.stderr == ""


@pytest.mark.parametrize(
    ("call", "extra"),
    [("init_app(None)", "flask"), ("instrument(None)", "sqlalchemy")],
)
def test_what_needs_more_says_what_to_install(call, extra):
    error = run(f"import canonical_log; canonical_log.{call}").stderr.splitlines()[-1]
    assert error.startswith("ModuleNotFoundError: canonical_log.")
    assert error.endswith(f"pip install 'canonical-log[{extra}]'")


def test_the_helpers_for_tests_need_no_database():
    process = run(
        "from canonical_log.testing import assert_schema\n"
        "assert_schema({'timestamp': '', 'level': '', 'event': 'log', 'logger': ''})"
    )
    assert (process.returncode, process.stderr) == (0, "")


def test_a_layer_can_be_put_around_any_wsgi_app():
    process = run(
        "import canonical_log\n"
        "from canonical_log.wsgi import RequestLayer\n"
        "canonical_log.configure()\n"
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [b'ok']\n"
        "layer = RequestLayer(app, canonical_log.Settings())\n"
        "body = layer({'REQUEST_METHOD': 'GET', 'PATH_INFO': '/x'}, lambda *_: None)\n"
        "assert list(body) == [b'ok']; body.close()\n"
    )
    events = [json.loads(line)["event"] for line in process.stdout.splitlines()]
    assert (events, process.stderr) == (["request_started", "request_finished"], "")


def test_everything_that_is_offered_is_there():
    code = "import canonical_log as c; print([n for n in c.__all__ if not hasattr(c, n)])"
    assert run(code).stdout == "[]\n"
