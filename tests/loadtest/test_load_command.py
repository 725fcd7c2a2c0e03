"""`todo load`: k6 against the real server, and all that it leaves behind."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from todo.api.keys import new_key

LOAD = [sys.executable, "-m", "todo.cli", "load"]
# A script as somebody else would write it; one request goes to another host.
FOREIGN = """
import http, { get } from "k6/http";
import { check } from "k6";

const title = open("./title.txt");
const headers = { "Content-Type": "application/json" };
const todos = `${__ENV.ENDPOINT.replace("127.0.0.1", "localhost")}/api/v1/todos`;

export const options = {
  scenarios: { once: { executor: "shared-iterations", iterations: 1, exec: "once" } },
  thresholds: { checks: ["rate==1"], http_reqs: ["count<1"] },
};

export async function once() {
  const made = http.post(todos, JSON.stringify({ title }), { headers });
  check(made, { "is made": (answer) => answer.json("title") === title });
  const one = `${todos}/${made.json("id")}`;
  get(`${one}?a=1`);
  http.get(http.url`${one}`, { tags: { name: "named by the script" } });
  http.head(todos);
  const own = { ...headers, "X-Correlation-ID": "own" };
  http.patch(one, JSON.stringify({ completed: true }), { headers: own });
  http.batch([todos, ["GET", `${todos}?limit=1`], { method: "GET", url: one }]);
  http.batch({ first: todos, second: { url: one } });
  await http.asyncRequest("GET", todos);
  http.get(__ENV.ELSEWHERE);
  http.request("GET", one);
  http.del(one);
}
"""


@pytest.fixture
def target(serve, database, tmp_path):
    """A running `todo serve --ship`, and the environment in which its archive and the runs are
    found.
    """
    environment = {
        "TODO_STATE_DIR": str(tmp_path),
        "TODO_SPOOL_DIR": str(tmp_path / "spool"),
        "TODO_ARCHIVE_DIR": str(tmp_path / "logs"),
    }
    with serve("--ship", SQLALCHEMY_DATABASE_URI=database, **environment) as server:
        yield server, os.environ | environment


def the_run(tmp_path):
    [folder] = (tmp_path / "load").iterdir()
    return folder, json.loads((folder / "run.json").read_text())


def test_a_load_test_leaves_samples_summary_dashboard_and_report(target, tmp_path):
    server, environment = target
    command = [
        *LOAD,
        "capacity",
        "--endpoint",
        server.url,
        "--scale",
        "0.01",
        "--speed",
        "30",
        "--seed",
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr[-3000:]
    folder, run = the_run(tmp_path)
    assert (run["script"], run["seeded"], run["exit_code"], run["interrupted"]) == (
        "capacity",
        400,
        0,
        False,
    )
    assert run["started_at"] < run["ended_at"]
    assert run["thresholds"]
    for name in (
        "samples.csv",
        "summary.json",
        "summary.txt",
        "summary.md",
        "dashboard.html",
        "report.html",
    ):
        assert (folder / name).stat().st_size > 0, name
    assert "0 answered ones are not in the logs, 0 not in the samples" in done.stdout


def test_a_load_test_sends_the_key_and_keeps_it_nowhere(serve, database, tmp_path):
    key, known = new_key("load", is_read_only=False)
    environment = os.environ | {"TODO_STATE_DIR": str(tmp_path)}
    with serve(SQLALCHEMY_DATABASE_URI=database, TODO_API_KEYS=known.entry()) as server:
        command = [*LOAD, "smoke", "--endpoint", server.url, "--seed"]
        refused = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=120
        )
        done = subprocess.run(
            command,
            env=environment | {"TODO_API_KEY": key},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert refused.returncode != 0
    assert "TODO_API_KEY" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert '"exit_code": 0' in "".join(p.read_text() for p in tmp_path.rglob("run.json"))
    assert key not in done.stdout + done.stderr
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or key.encode() not in path.read_bytes(), path


def test_a_threshold_that_broke_is_the_exit_code(target, tmp_path):
    server, environment = target
    script = tmp_path / "strict.js"
    script.write_text(
        'import http from "k6/http";\n'
        'import { summaryOf } from "./lib/summary.js";\n'
        'export const options = { thresholds: { http_reqs: ["count<0"] } };\n'
        "export default () => http.get(`${__ENV.ENDPOINT}/api/v1/todos`);\n"
        'export const handleSummary = summaryOf("strict");\n'
    )
    (tmp_path / "lib").symlink_to(os.path.abspath("k6/lib"))
    done = subprocess.run(
        [*LOAD, str(script), "--endpoint", server.url],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 99
    _, run = the_run(tmp_path)
    assert run["exit_code"] == 99
    assert [threshold["ok"] for threshold in run["thresholds"]] == [False]


def test_any_script_is_reported_on_whatever_ways_its_requests_go(target, tmp_path):
    server, environment = target
    (tmp_path / "title.txt").write_text("written by a script")
    script = tmp_path / "foreign.js"
    script.write_text(FOREIGN)
    done = subprocess.run(
        [*LOAD, str(script), "--endpoint", server.url],
        env=environment | {"ELSEWHERE": server.url.replace("127.0.0.1", "127.0.0.2")},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 99, done.stderr[-3000:]
    assert "13 requests are in k6's samples and in the logs; 0 answered ones are not" in done.stdout
    folder, run = the_run(tmp_path)
    assert (folder / "samples.csv").read_text().count("\nrequests_started,") == 13
    told = {threshold["metric"]: threshold for threshold in run["thresholds"]}
    assert (told["checks"]["ok"], told["checks"]["value"]) == (True, 1)
    assert (told["http_reqs"]["ok"], told["http_reqs"]["value"]) == (False, 14)
    routes = json.loads((folder / "report.json").read_text())["routes"]
    assert {route["name"]: route["n"] for route in routes} == {
        "GET /api/v1/todos": 4,
        "POST /api/v1/todos": 1,
        "GET /api/v1/todos/:id": 4,
        "HEAD /api/v1/todos": 1,
        "PATCH /api/v1/todos/:id": 1,
        "DELETE /api/v1/todos/:id": 1,
        "named by the script": 1,
    }


def test_a_script_with_an_error_is_said_to_have_one(target, tmp_path):
    server, environment = target
    script = tmp_path / "broken.js"
    script.write_text(
        'export function setup() { throw new Error("no"); }\nexport default () => {};'
    )
    done = subprocess.run(
        [*LOAD, str(script), "--endpoint", server.url],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 107
    assert "k6 ended with 107: the script has an error" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_the_test_and_keeps_what_there_is(target, tmp_path, wait_until):
    server, environment = target
    process = subprocess.Popen(
        [*LOAD, "soak", "--endpoint", server.url, "--scale", "0.2"], env=environment
    )
    wait_until(lambda: list((tmp_path / "load").glob("*/samples.csv")), within_s=30)
    time.sleep(1)  # so that there is something
    process.send_signal(signal.SIGINT)
    process.wait(60)

    folder, run = the_run(tmp_path)
    assert run["interrupted"] is True
    assert run["ended_at"] is not None
    assert (folder / "summary.json").exists()


def test_a_target_that_is_down_is_said_with_what_to_do(environment, tmp_path):
    done = subprocess.run(
        [*LOAD, "smoke", "--endpoint", "http://127.0.0.1:1"],
        env=environment | {"TODO_STATE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "nothing answers at http://127.0.0.1:1" in done.stderr
    assert "make run" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("in_the_way", ["load", ""], ids=["the runs", "the state"])
def test_a_file_where_the_folder_should_be_is_said(serve, database, tmp_path, in_the_way):
    state = tmp_path / "state"
    (state / in_the_way).parent.mkdir(exist_ok=True)
    (state / in_the_way).write_text("")
    with serve(SQLALCHEMY_DATABASE_URI=database) as server:
        done = subprocess.run(
            [*LOAD, "smoke", "--endpoint", server.url],
            env=os.environ | {"TODO_STATE_DIR": str(state)},
            capture_output=True,
            text=True,
            timeout=60,
        )

    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: the folder {state}/load/smoke-")
    assert "cannot be made: Not a directory" in done.stderr


def test_an_unknown_script_is_said_with_those_that_there_are(environment):
    done = subprocess.run(
        [*LOAD, "nonsense"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "smoke" in done.stderr


@pytest.mark.parametrize("option", ["--scale", "--speed"])
def test_a_factor_of_zero_is_refused_before_anything_is_made(environment, tmp_path, option):
    done = subprocess.run(
        [*LOAD, "smoke", option, "0"],
        env=environment | {"TODO_STATE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 2
    assert option in done.stderr
    assert list(tmp_path.iterdir()) == []
