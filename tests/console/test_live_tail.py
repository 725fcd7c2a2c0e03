"""Live on AWS: what Live Tail sends is in the page, and where there is none, what is asked for."""

import json
import sys
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect

from todo.console.live import Live
from todo.console.live_tail import LiveTail

sys.path.insert(0, str(Path(__file__).parent))
from logs_service import ARN, END, frame, serving, update

KEYS = {
    "AWS_ACCESS_KEY_ID": "a",
    "AWS_SECRET_ACCESS_KEY": "b",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_MAX_ATTEMPTS": "1",
}


def line(correlation_id, **fields):
    return {
        "event": "request_finished",
        "correlation_id": correlation_id,
        "http_path": "/a",
    } | fields


@pytest.fixture
def service(monkeypatch):
    with serving() as service:
        for name, value in (KEYS | {"AWS_ENDPOINT_URL": service.url}).items():
            monkeypatch.setenv(name, value)
        yield service


@pytest.fixture
def live():
    return Live()


@pytest.fixture
def tailed(service, live):
    """Call it with log groups: a tail of them that watches, and a queue of what comes."""
    ends = []

    def run(*groups):
        tail = LiveTail(groups, live, poll_every_s=0.05)
        listening = live.listening()
        messages = listening.__enter__()
        messages.get()
        thread = threading.Thread(target=tail.watch)
        thread.start()
        ends.append((listening, thread))
        return messages

    yield run
    for listening, thread in ends:
        listening.__exit__(None, None, None)
        thread.join(20)
        assert not thread.is_alive()


def ids(messages):
    return [request["correlation_id"] for request in messages.get(timeout=30)]


def test_what_a_session_sends_is_taken_in(tailed, service, live):
    messages = tailed("app", f"{ARN}app-2:*")
    service.frames.put(update(line("id-1"), {"event": "query"}))
    service.frames.put(update(line("id-2")))
    assert (ids(messages), ids(messages)) == (["id-1"], ["id-2"])
    [asked] = service.calls("StartLiveTail")
    assert asked["logGroupIdentifiers"] == [f"{ARN}app", f"{ARN}app-2"]
    assert asked["logEventFilterPattern"] == '{ $.event = "request_finished" }'
    assert live.notice == ""


def test_lines_that_are_none_do_no_harm(tailed, service):
    messages = tailed("app")
    broken = [{"message": "{"}, {"message": "[1]"}, {}]
    service.frames.put(frame("event", "sessionUpdate", {"sessionResults": broken}))
    service.frames.put(frame("event", "what-comes-later", {}))
    service.frames.put(update(line("id-1")))
    assert ids(messages) == ["id-1"]


def test_a_sample_is_said_to_be_one(tailed, service, live):
    messages = tailed("app")
    service.frames.put(update(line("id-1"), sampled=True))
    ids(messages)
    assert "500 a second" in live.notice


@pytest.mark.parametrize(
    "last", [(), (frame("exception", "SessionTimeoutException", {"message": "3 hours"}),)]
)
def test_a_session_that_ends_is_begun_anew(tailed, service, last, monkeypatch):
    monkeypatch.setattr("todo.console.live_tail._AGAIN_AFTER_S", 0.01)
    messages = tailed("app")
    for given in (*last, END, update(line("id-1"))):
        service.frames.put(given)
    assert ids(messages) == ["id-1"]
    assert len(service.calls("StartLiveTail")) == 2


def test_a_session_takes_ten_groups_and_says_which_it_leaves_out(tailed, service, live, wait_until):
    tailed(*[f"{ARN}{number}" for number in range(12)])
    wait_until(lambda: service.calls("StartLiveTail"), within_s=30)
    assert len(service.calls("StartLiveTail")[0]["logGroupIdentifiers"]) == 10
    wait_until(lambda: live.notice, within_s=30)
    assert live.notice.endswith(f"Not here: {ARN}10, {ARN}11")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("StartLiveTail", "AccessDeniedException"),
        ("StartLiveTail", "InvalidOperationException"),
        ("StartLiveTail", "UnknownOperationException"),
        ("DescribeLogGroups", "AccessDeniedException"),
    ],
)
def test_without_live_tail_new_requests_are_asked_for(tailed, service, live, call, error):
    service.refused[call] = error
    service.events = [{"eventId": "1", "message": json.dumps(line("id-1"))}]
    messages = tailed("app")
    assert ids(messages) == ["id-1"]
    assert "Live Tail is not to be had here" in live.notice
    assert error in live.notice
    service.events = [*service.events, {"eventId": "2", "message": json.dumps(line("id-2"))}]
    assert ids(messages) == ["id-2"]
    assert service.calls("FilterLogEvents")[0]["logGroupName"] == "app"


def test_where_nothing_can_be_asked_the_page_says_why(tailed, service, live, wait_until):
    service.refused |= {"StartLiveTail": "AccessDenied", "FilterLogEvents": "AccessDenied"}
    tailed("app")
    wait_until(lambda: live.notice.startswith("CloudWatch Logs cannot be asked"), within_s=30)


def test_a_group_that_is_none_is_named(tailed, service, live, wait_until):
    tailed("appl")
    wait_until(lambda: live.notice, within_s=30)
    assert live.notice == "there is no log group appl in this account and region"


def test_a_session_is_paid_for_only_while_a_page_is_open(
    new_console, new_page, service, wait_until
):
    with new_console("--aws", "--log-group", "app") as console:
        assert service.asked == []
        page = new_page()
        page.goto(f"{console.url}/live")
        wait_until(lambda: service.calls("StartLiveTail"), within_s=30)
        service.frames.put(update(line("id-1", http_path="/from-aws"), sampled=True))
        expect(page.locator("tbody tr")).to_contain_text("/from-aws")
        expect(page.get_by_text("500 a second")).to_be_visible()
        page.get_by_role("button", name="Pause").click()
        wait_until(lambda: service.calls("EndOfSession"), within_s=30)
