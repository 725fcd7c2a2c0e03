"""What a request calls: each attempt is told once, counted, and carries the ids on."""

import logging
import re
from collections import Counter

import httpx
import pytest
import requests

from canonical_log import ContextExecutor, http_client, work


def test_a_call_is_told_and_counted(library, service, serve, lines):
    name, call = library

    def view():
        return call(service.url + "/ok")

    assert serve(view).status_code == 200
    [line] = lines("http_client")
    assert (line["level"], line["correlation_id"]) == ("INFO", "caller-1")
    assert line["http_client_library"] == name
    assert line["http_client_method"] == ("POST" if name == "botocore" else "GET")
    assert line["http_client_host"] == service.url.removeprefix("http://")
    assert line["http_client_status"] == 200
    assert re.search(r"conftest\.py:\d+ (<lambda>|ask_async)$", line["http_client_origin"])
    [finished] = lines("request_finished")
    assert finished["http_client_count"] == 1
    assert finished["http_client_time_ms"] == pytest.approx(
        line["http_client_duration_ms"], abs=0.02
    )
    assert finished["http_client_time_ms"] <= finished["duration_ms"]
    assert "http_client_error_count" not in finished


def test_a_call_carries_the_ids_on(library, service, serve, lines):
    serve(lambda: library[1](service.url + "/ok"))
    [[_, headers]] = service.asked
    assert headers["X-Correlation-ID"] == "caller-1"
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", headers["traceparent"])


def test_a_call_of_work_within_a_request_counts_for_both(service, serve, lines):
    http_client.watch("requests")

    def view():
        with work("part"):
            requests.get(service.url + "/ok", timeout=5)
        return "asked"

    serve(view)
    [part], [finished] = lines("work_finished"), lines("request_finished")
    assert (part["http_client_count"], finished["http_client_count"]) == (1, 1)
    assert finished["http_client_time_ms"] == part["http_client_time_ms"]


def test_ids_of_the_apps_own_stay(service, serve, lines):
    http_client.watch("requests", "httpx")
    own = {"x-correlation-id": "own"}

    def view():
        requests.get(service.url + "/ok", headers=own, timeout=5)
        httpx.get(service.url + "/ok", headers=own)
        return "asked"

    serve(view)
    asked = [Counter(name.lower() for name in headers) for _, headers in service.asked]
    assert [each["x-correlation-id"] for each in asked] == [1, 1]
    assert {headers["x-correlation-id"] for _, headers in service.asked} == {"own"}
    assert own == {"x-correlation-id": "own"}


def test_a_request_that_is_sent_again_has_the_ids_of_its_day(service, serve, lines):
    http_client.watch("requests", "httpx")
    prepared = requests.Request("GET", service.url + "/ok").prepare()
    built = httpx.Request("GET", service.url + "/ok")

    def view():
        with requests.Session() as session, httpx.Client() as client:
            session.send(prepared)
            client.send(built)
        return "sent"

    serve(view)
    serve(view)
    parents = {headers["traceparent"] for _, headers in service.asked}
    assert len(parents) == len(service.asked) == 4
    assert "traceparent" not in prepared.headers
    assert "traceparent" not in built.headers


def test_nothing_is_told_twice_when_all_are_watched(calls, service, serve, lines):
    for _ in range(2):
        http_client.watch(*http_client.LIBRARIES)

    def view():
        for name in calls:
            calls[name](service.url + "/ok")
        return "called"

    serve(view)
    told = Counter(line["http_client_library"] for line in lines("http_client"))
    assert told == {"requests": 1, "urllib3": 1, "httpx": 2, "botocore": 1}
    assert lines("request_finished")[0]["http_client_count"] == len(service.asked) == 5


def test_what_is_not_watched_is_not_told(calls, service, serve, lines):
    http_client.watch("requests")

    def view():
        for name in set(calls) - {"requests"}:
            calls[name](service.url + "/ok")
        return "called"

    serve(view)
    assert lines("http_client") == []
    assert "http_client_count" not in lines("request_finished")[0]
    assert not any("traceparent" in headers for _, headers in service.asked)


def test_outside_of_a_request_nothing_is_told(library, service, lines):
    library[1](service.url + "/ok")
    assert lines() == []
    assert "X-Correlation-ID" not in service.asked[0][1]


def test_the_url_has_no_secret(service, serve, lines):
    http_client.watch("requests", "httpx")
    address = service.url.replace("http://", "http://anna:password1@")
    path = "/ok/token/abc/T0AB12/AAHdqTcvCH1vGWJxfSeofSAs0K5/43?api_key=hidden&q=hidden#hidden"

    def view():
        requests.get(address + path, timeout=5)
        httpx.get(address + path)
        return "asked"

    serve(view)
    for line in lines("http_client"):
        assert line["http_client_url"] == (
            f"{service.url}/ok/token/[redacted]/T0AB12/[redacted]/43"
        )
    assert "hidden" not in str(lines())
    assert "password1" not in str(lines())


def test_a_uuid_and_words_in_a_path_are_no_secret():
    for path in ("/a/123e4567-e89b-12d3-a456-426614174000", "/internationalization/2026-11-25"):
        assert http_client.urls.safe_url("https://a.example" + path) == "https://a.example" + path
    assert http_client.urls.safe_url("http://[broken") == "?"


def test_a_slow_call_is_a_warning(service, serve, lines):
    http_client.watch("requests")
    serve(lambda: requests.get(service.url + "/parts", timeout=5).text, slow_http_client_ms=100)
    assert [line["level"] for line in lines("http_client")] == ["WARNING"]


def test_only_what_fails_is_written_where_the_event_is_not_chosen(service, serve, lines):
    http_client.watch("requests")

    def view():
        requests.get(service.url + "/ok", timeout=5)
        requests.get(service.url + "/status/500", timeout=5)
        return "called"

    serve(view, events="request_finished")
    assert [line["http_client_status"] for line in lines("http_client")] == [500]
    assert lines("request_finished")[0]["http_client_count"] == 2


def test_threads_share_the_roll_up(service, serve, lines):
    http_client.watch("requests")

    def view():
        with ContextExecutor(4) as executor:
            list(executor.map(requests.get, [service.url + "/ok"] * 20))
        return "called"

    serve(view)
    assert lines("request_finished")[0]["http_client_count"] == 20
    assert {line["correlation_id"] for line in lines("http_client")} == {"caller-1"}


def test_a_handler_that_logs_over_http_does_not_feed_itself(service, serve, lines):
    http_client.watch("requests")

    class OverHttp(logging.Handler):
        def emit(self, record):
            requests.post(service.url + "/logs", data=self.format(record), timeout=5)

    handler = OverHttp()
    logging.getLogger("canonical_log").addHandler(handler)
    try:
        serve(lambda: requests.get(service.url + "/ok", timeout=5).text)
    finally:
        logging.getLogger("canonical_log").removeHandler(handler)
    told = [line["http_client_url"].removeprefix(service.url) for line in lines("http_client")]
    assert told.count("/ok") == 1
    assert len(service.headers_of("/logs")) == len(lines())


def test_names_are_checked():
    with pytest.raises(ValueError, match="did you mean requests"):
        http_client.watch("request")
    with pytest.raises(ValueError, match="name of a library"):
        http_client.watch()


def test_a_library_that_is_missing_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "httpx", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'canonical-log\[httpx\]'"):
        http_client.watch("httpx")
