"""A request's events become spans, with the application's own time between them."""

import io

import pytest
from rich.console import Console

from todo.views.spans import Span, folded
from todo.views.tracing import id_condition, root_condition, traces
from todo.views.waterfall import print_trace


def at(ms: int, event: str, **fields: str) -> dict[str, str]:
    return {
        "@timestamp": f"2026-11-23 10:00:00.{ms:03d}",
        "event": event,
        "correlation_id": "cid-1",
        **fields,
    }


STARTED = at(100, "request_started", http_method="GET", http_path="/api/v1/todos")
QUERY = at(115, "query", db_statement="SELECT  1\n FROM x", db_duration_ms="5")
FAILED = at(
    117,
    "exception",
    exception_type="ValueError",
    exception_message="boom",
    exception_location="api.py:7",
)
FINISHED = at(
    130, "request_finished", http_status="500", duration_ms="30", db_query_count="1", db_time_ms="5"
)


def test_a_query_begins_its_duration_before_it_was_logged():
    (trace,) = traces([FINISHED, QUERY, STARTED])

    assert Span("query", 10.0, 5.0, "SELECT 1 FROM x") in trace.spans


def test_within_a_millisecond_the_lines_own_times_count():
    started = STARTED | {"timestamp": "2026-11-23T10:00:00.100400Z"}
    query = QUERY | {"timestamp": "2026-11-23T10:00:00.101650Z", "db_duration_ms": "0.75"}
    (trace,) = traces([started, query, FINISHED])

    [span] = [span for span in trace.spans if span.kind == "query"]
    assert span.start_ms == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ("CONNECT", "connecting to the database"),
        ("POOL_WAIT", "waiting for a connection of the pool"),
        ("COMMIT", "COMMIT"),
    ],
)
def test_what_a_connection_waited_for_is_said(operation, said):
    waited = at(110, "connection", db_operation=operation, db_duration_ms="4")
    (trace,) = traces([STARTED, waited, FINISHED])

    assert Span("connection", 6.0, 4.0, said) in trace.spans


@pytest.mark.parametrize(
    ("outcome", "said"),
    [({"http_client_status": "200"}, "200"), ({"exception_type": "ReadTimeout"}, "ReadTimeout")],
)
def test_a_call_to_another_service_begins_its_duration_before_it_was_logged(outcome, said):
    called = {"http_client_method": "GET", "http_client_url": "http://b/x"}
    call = at(120, "http_client", **called, http_client_duration_ms="15", **outcome)
    (trace,) = traces([STARTED, call, FINISHED])

    assert Span("http_client", 5.0, 15.0, f"GET http://b/x -- {said}") in trace.spans


def test_samples_of_a_profile_are_no_part_of_a_request():
    after = at(900, "profile_stack", profile_location="api.py:7 view")
    (trace,) = traces([STARTED, QUERY, FINISHED, after])

    assert trace == traces([STARTED, QUERY, FINISHED])[0]


def test_time_without_a_query_is_the_applications():
    (trace,) = traces([STARTED, QUERY, FINISHED])

    gaps = [(span.start_ms, span.duration_ms) for span in trace.spans if span.kind == "application"]
    assert gaps == [(0.0, 10.0), (15.0, 15.0)]


def test_an_exception_says_type_message_and_place():
    (trace,) = traces([STARTED, FAILED, FINISHED])

    assert "ValueError: boom (api.py:7)" in [span.text for span in trace.spans]


def test_a_request_without_its_canonical_line_is_not_finished():
    (trace,) = traces([STARTED, QUERY])

    assert not trace.finished
    assert trace.duration_ms == 15.0


def test_a_request_whose_start_was_not_logged_begins_its_duration_before_its_end():
    (trace,) = traces([QUERY, FINISHED])

    assert next(span for span in trace.spans if span.kind == "query").start_ms == 10.0


def test_events_of_one_millisecond_are_in_the_order_of_their_writer():
    events = [at(100, "log", message=f"m{n}", event_id=f"w-{n}") for n in (10, 9, 11)]

    (trace,) = traces([{**STARTED, "event_id": "w-8"}, *events])

    assert [span.text[-3:].strip(": ") for span in trace.spans] == ["m9", "m10", "m11"]


def test_an_id_that_was_sent_twice_is_two_requests():
    second = [
        at(200, "request_started", http_path="/b"),
        at(210, "request_finished", http_status="404"),
    ]

    first, later = traces([*second, STARTED, QUERY, FINISHED])

    assert (
        first.summary["http_status"],
        len([span for span in first.spans if span.kind == "query"]),
    ) == ("500", 1)
    assert (later.summary["http_path"], later.spans) == ("/b", [])


def test_requests_of_one_id_in_two_processes_may_overlap():
    events = [
        STARTED,
        at(110, "request_started", http_path="/b"),
        QUERY,
        FINISHED,
        at(140, "request_finished"),
    ]
    writers = ("one", "two", "one", "one", "two")

    first, later = traces(
        {**event, "event_id": f"{w}-{n}"}
        for n, (event, w) in enumerate(zip(events, writers, strict=True))
    )

    assert (first.finished, first.duration_ms, first.summary["http_status"]) == (True, 30.0, "500")
    assert (later.finished, later.summary["http_path"], later.spans[1:]) == (True, "/b", [])


def test_without_their_starts_requests_of_one_id_are_told_apart_by_their_ends():
    ends = [
        at(130, "request_finished", http_status=status, duration_ms="5")
        for status in ("200", "201")
    ]

    assert [trace.summary["http_status"] for trace in traces(ends)] == ["200", "201"]


def test_each_request_of_a_trace_root_is_a_trace():
    other = {**FINISHED, "correlation_id": "cid-2"}

    assert {trace.correlation_id for trace in traces([STARTED, FINISHED, other])} == {
        "cid-1",
        "cid-2",
    }


ROOT = "1-67891233-abcdef012345678912345678"


@pytest.mark.parametrize("given", [ROOT, f"Root={ROOT}"])
def test_an_albs_root_is_looked_for_as_it_is_and_as_a_trace_id(given):
    expected = f'xray_trace_id = "{ROOT}" or trace_id = "67891233abcdef012345678912345678"'
    assert root_condition(given) == expected


@pytest.mark.parametrize("given", ['" or 1 = 1', "", "x" * 129, "a b", "a|b"])
def test_what_can_be_no_id_is_refused(given):
    assert root_condition(given) is None
    assert id_condition([given]) is None


def drawn(*events: dict[str, str]) -> str:
    output = io.StringIO()
    for trace in traces(events):
        print_trace(Console(file=output, width=120), trace)
    return output.getvalue()


def test_the_waterfall_shows_the_request_its_queries_and_its_end():
    picture = drawn(STARTED, QUERY, FAILED, FINISHED)

    assert "GET /api/v1/todos  cid-1" in picture
    assert "10.0 ms" in picture
    assert "SELECT 1 FROM x" in picture
    assert "application" in picture
    assert "finished: status 500, queries: 1, 5.0 ms in the database" in picture


def test_the_waterfall_says_what_other_services_took():
    called = {"http_client_count": "2", "http_client_time_ms": "12.34"}
    picture = drawn(STARTED, at(130, "request_finished", duration_ms="30", **called))

    assert "calls: 2, 12.3 ms" in picture


JOB = {"work_name": "mail.send", "job_system": "celery", "job_id": "j-1"}
JOB_STARTED = at(150, "job_started", **JOB, event_id="worker-1")
JOB_QUERY = at(158, "query", db_statement="SELECT 2", db_duration_ms="6", event_id="worker-2")
JOB_FINISHED = at(
    160,
    "job_finished",
    **JOB,
    job_attempt="1",
    job_queue="mails",
    queue_ms="25",
    duration_ms="10",
    db_query_count="1",
    event_id="worker-3",
)


def test_a_job_is_in_the_waterfall_of_the_request_that_sent_it():
    (trace,) = traces([STARTED, QUERY, FINISHED, JOB_STARTED, JOB_QUERY, JOB_FINISHED])
    (job,) = trace.later
    assert (job.kind, job.began_ms - trace.began_ms, job.finished) == ("job", 50.0, True)

    picture = drawn(STARTED, QUERY, FINISHED, JOB_STARTED, JOB_QUERY, JOB_FINISHED).splitlines()
    told = [
        line.rpartition(" ms  ")[2].strip() for line in picture[picture.index(ended(picture)) :]
    ]
    assert told[0].startswith("finished: status 500")
    assert told[1] == "waiting in the queue mails"
    assert told[2] == "celery job mail.send"
    assert "SELECT 2" in told
    assert told[-1].startswith("finished: queries: 1")
    moments = [line.split()[0] for line in picture if "mail.send" in line or "SELECT 2" in line]
    assert moments == ["50.0", "52.0"]


def ended(picture: list[str]) -> str:
    return next(line for line in picture if "finished: status" in line)


def test_each_attempt_at_a_job_is_told_apart():
    again = [
        {**JOB_STARTED, "@timestamp": "2026-11-23 10:00:00.170", "event_id": "worker-4"},
        {**JOB_FINISHED, "@timestamp": "2026-11-23 10:00:00.180", "event_id": "worker-5"}
        | {"job_attempt": "2"},
    ]
    picture = drawn(STARTED, FINISHED, JOB_STARTED, JOB_QUERY, *again)
    assert "No job_finished" in picture
    assert "celery job mail.send, attempt 2" in picture


def test_a_job_belongs_to_the_last_request_of_its_id_before_it():
    later = [at(140, "request_started", http_path="/b"), at(141, "request_finished")]
    first, second = traces([STARTED, FINISHED, *later, JOB_STARTED, JOB_FINISHED])
    assert (len(first.later), len(second.later)) == (0, 1)


def test_jobs_without_a_request_are_a_trace_of_their_own():
    picture = drawn(JOB_STARTED, JOB_QUERY, JOB_FINISHED)
    assert picture.startswith("celery job mail.send  cid-1")
    assert "status" not in picture


def test_work_within_a_request_has_a_bar_and_its_statements_stay_in_it():
    part = {"work_name": "import"}
    started = at(112, "work_started", **part)
    finished = at(120, "work_finished", **part, duration_ms="8")
    (trace,) = traces([STARTED, started, QUERY, finished, FINISHED])
    assert Span("work", 12.0, 8.0, "work import") in trace.spans
    assert [span.kind for span in trace.spans].count("query") == 1
    gaps = [(span.start_ms, span.duration_ms) for span in trace.spans if span.kind == "application"]
    assert gaps == [(0.0, 10.0), (15.0, 15.0)]


def test_work_within_work_of_a_script_is_in_its_waterfall():
    events = [
        at(100, "work_started", work_name="outer"),
        at(110, "work_started", work_name="inner"),
        at(120, "work_finished", work_name="inner", duration_ms="10"),
        at(140, "work_finished", work_name="outer", duration_ms="40"),
        at(150, "work_started", work_name="next"),
        at(160, "work_finished", work_name="next", duration_ms="10"),
    ]
    (trace,) = traces(events)
    assert (trace.summary["work_name"], trace.duration_ms) == ("outer", 40.0)
    assert Span("work", 10.0, 10.0, "work inner") in trace.spans
    assert [later.summary["work_name"] for later in trace.later] == ["next"]


def test_work_whose_starts_are_not_logged_is_told_apart_by_its_ends():
    ends = [at(moment, "job_finished", **JOB, duration_ms="5") for moment in (110, 120)]
    (trace,) = traces(ends)
    assert len(trace.later) == 1


def test_bars_are_to_scale():
    line = next(line for line in drawn(STARTED, QUERY, FINISHED).splitlines() if "SELECT" in line)

    assert line.count("█") == 4  # 5 of 30 ms on 24 cells


def test_the_waterfall_marks_a_request_that_did_not_finish():
    assert "No request_finished" in drawn(STARTED)


def test_markup_in_a_statement_is_text():
    assert "SELECT '[red]'" in drawn(STARTED, {**QUERY, "db_statement": "SELECT '[red]'"})


def test_a_statement_that_is_sent_again_and_again_is_folded():
    again = [Span("query", 2.0 * number, 1.0, "SELECT 1") for number in range(10)]
    gaps = [Span("application", 2.0 * number + 1, 1.0, "application") for number in range(10)]
    mixed = sorted([*again, *gaps], key=lambda span: span.start_ms)
    other = Span("query", 30.0, 1.0, "SELECT 2")

    first, *rest = folded([*mixed, other])

    assert (first.start_ms, first.duration_ms) == (0.0, 19.0)
    assert first.text == "10 times, 10.0 ms in all: SELECT 1"
    assert rest == [gaps[-1], other]


def test_a_few_alike_statements_are_not_folded():
    spans = [Span("query", float(number), 1.0, "SELECT 1") for number in range(3)]

    assert folded(spans) == spans
