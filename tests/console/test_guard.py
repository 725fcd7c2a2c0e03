"""Who may ask the console: this machine's browser, from the console's own pages."""

import json
import socket

import pytest
import requests


@pytest.fixture(scope="module")
def console(new_console, log_file):
    file = log_file()
    file.request("known-1")
    with new_console("--file", str(file.path)) as console:
        yield console


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost", "127.0.0.1:1"])
@pytest.mark.parametrize("path", ["/live", "/api/state", "/static/main.js", "/report/a"])
def test_another_name_for_this_machine_gets_nothing(console, host, path):
    assert console.get(path, Host=host).status_code == 403


def test_localhost_is_a_name_of_it_too(console):
    port = console.url.rpartition(":")[2]
    assert console.get("/api/state", Host=f"localhost:{port}").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_page_may_not_ask(console, headers):
    assert console.get("/api/trace/known-1", **headers).status_code == 403
    assert console.query("limit 1", **headers).status_code == 403


def test_a_link_from_another_page_may_lead_to_a_page(console):
    assert console.get("/trace/known-1", **{"Sec-Fetch-Site": "same-site"}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_changed(console, method):
    for path in ("/api/state", "/api/loads", "/api/delivery", "/api/trace/known-1", "/live"):
        assert requests.request(method, console.url + path, timeout=10).status_code == 405


def test_a_query_is_not_asked_by_a_form_or_a_link(console):
    url = f"{console.url}/api/query"
    assert requests.get(url, params={"text": "limit 1"}, timeout=10).status_code == 405
    assert requests.post(url, data={"text": "limit 1"}, timeout=10).status_code == 415


def test_each_page_has_a_policy_that_lets_in_only_its_own(console):
    policies = {
        console.get(path).headers["Content-Security-Policy"] for path in ("/live", "/query")
    }
    assert len(policies) == 2  # the nonce is another each time
    for policy in policies:
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy


def test_it_listens_on_this_machine_only(console):
    port = int(console.url.rpartition(":")[2])
    with socket.socket() as other:
        other.settimeout(2)
        assert other.connect_ex(("127.0.0.2", port)) != 0


@pytest.mark.parametrize("name", ["..%2f..%2frun", "a/b", "%00", "none"])
def test_a_report_is_of_a_run(console, name):
    assert console.get(f"/report/{name}").status_code == 404


@pytest.mark.parametrize("least_ms", ["x", "nan"])
def test_a_filter_that_is_none_is_refused(console, least_ms):
    assert console.get(f"/api/live?least_ms={least_ms}").status_code == 400


@pytest.mark.parametrize("body", [[], {}, {"text": 5}, {"text": "limit 1", "minutes": "soon"}])
def test_a_question_that_is_none_is_refused(console, body):
    answer = requests.post(f"{console.url}/api/query", json=body, timeout=10)
    assert answer.status_code == 400
    assert json.loads(answer.text)["detail"]
