"""The verdict, from log lines made by hand."""

import pytest

from todo.loadtest.verdict.differences import Request, differences

from .conftest import START_MS

ROUTE = "GET /api/v1/todos"


@pytest.fixture
def busy(load_run):
    """Call it for a run whose four threads were all busy with one state all the time."""

    def fill(state, location="app.py:7 view", **fields):
        for number in range(60):
            load_run.sent(number, total_ms=410 + 50 * (number % 10))
            load_run.logged(number, server_ms=400, database_ms=0, queries=0)
            load_run.sampled(number, state, 400, location, **fields)
        load_run.worker()
        return load_run

    return fill


@pytest.mark.parametrize(
    ("state", "layer"),
    [
        ("cpu", "cpu"),
        ("lock", "app_lock"),
        ("upstream", "upstream"),
        ("sleep", "upstream"),
        ("logging", "logging"),
        ("commit", "commit"),
        ("pool", "pool"),
        ("client", "client"),
        ("wait", "unknown"),
    ],
)
def test_what_all_threads_do_is_the_culprit(busy, state, layer):
    verdict = busy(state).report().verdict

    first = verdict.culprits[0]
    assert verdict.saturated
    assert (first.layer, first.route, first.location) == (layer, ROUTE, "app.py:7 view")
    assert first.share > 0.9
    assert first.busy_threads == pytest.approx(verdict.served.busy_threads, rel=0.05)
    assert layer == "pool" or first.location in verdict.sentence


@pytest.mark.parametrize(
    ("collecting", "grown_mb", "layer"),
    [
        (0.1, 10, "cpu"),
        (0.4, 10, "cpu"),
        (0.4, 50, "memory"),
        (0.9, 0, "memory"),
        (0, 200, "memory"),
    ],
)
def test_garbage_collection_is_the_culprit_where_memory_is_kept(busy, collecting, grown_mb, layer):
    run = busy("cpu")
    for rss_mb in (90, 90 + grown_mb):
        told = {"profile_cpu_ms": 1000, "profile_gc_ms": 1000 * collecting}
        run.worker(**told, profile_rss_bytes=rss_mb * 1_000_000)
        for line in run.lines[-1:]:
            line["event_id"] = f"77-{len(run.lines)}"

    assert run.report().verdict.culprits[0].layer == layer


def test_without_samples_the_lines_say_that_others_are_waited_for(load_run):
    for number in range(60):
        load_run.sent(number, total_ms=410)
        load_run.logged(number, server_ms=400, database_ms=20, threads=4, http_client_time_ms=350)

    first = load_run.report().verdict.culprits[0]

    assert (first.layer, first.route) == ("upstream", ROUTE)
    assert first.share == pytest.approx(350 / 400, abs=0.02)


def test_a_wait_for_something_outside_has_the_hosts_name(load_run):
    """The one that was waited for longest, not the one that was called most often."""
    calls = [("slow.example", 300), *[("quick.example:8080", 25)] * 2]
    for number in range(60):
        load_run.sent(number, total_ms=410)
        load_run.logged(number, server_ms=400, database_ms=20, threads=4, http_client_time_ms=350)
        for place, (host, ms) in enumerate(calls, 10):
            call = {"http_client_host": host, "http_client_duration_ms": ms}
            load_run.log(number, place, START_MS + number * 100, event="http_client", **call)

    verdict = load_run.report().verdict

    assert verdict.culprits[0].evidence.startswith("it calls slow.example, 300 ms each time; ")
    assert "slow.example" in verdict.sentence


@pytest.mark.parametrize("rate", [None, 0.5])
def test_statements_of_a_share_of_requests_are_weighed(load_run, rate):
    """Every other request has its lines, which count twice."""
    for number in range(60):
        load_run.sent(number, total_ms=410)
        load_run.logged(
            number,
            server_ms=400,
            database_ms=390,
            queries=10,
            threads=4,
            is_written=rate is None or number % 2 == 0,
            sample_rate=rate,
        )

    report = load_run.report()

    first = report.verdict.culprits[0]
    assert (first.layer, first.share) == ("database", pytest.approx(0.975, abs=0.02))
    assert "the statement is sent 10 times a request" in first.evidence
    assert [statement.n for statement in report.statements] == [600]


def test_without_load_nobody_is_blamed(load_run):
    for number in range(60):
        load_run.sent(number)
        load_run.logged(number)
    load_run.worker()

    verdict = load_run.report().verdict

    assert not verdict.saturated
    assert verdict.culprits == []
    assert "Nothing is saturated" in verdict.sentence


def test_a_slow_route_is_a_culprit_though_nothing_is_saturated(load_run):
    for number in range(0, 60, 6):
        load_run.sent(number, total_ms=500)
        load_run.logged(number, server_ms=490, database_ms=0, queries=0)
        load_run.sampled(number, "upstream", 480, "app.py:9 view")
    load_run.worker(threads=64)

    verdict = load_run.report().verdict

    assert not verdict.saturated
    assert [each.layer for each in verdict.culprits] == ["upstream"]


def fast_with_statements(load_run, **fields):
    for number in range(0, 60, 6):
        load_run.sent(number, total_ms=20)
        load_run.logged(number, server_ms=18, database_ms=15, queries=1, **fields)
        load_run.sampled(number, "database", 15, "app.py:9 view")
    load_run.worker(threads=64)
    return load_run


def test_n_plus_one_is_a_finding_though_it_is_fast_and_nothing_is_saturated(load_run):
    verdict = fast_with_statements(load_run, db_n_plus_one=True).report().verdict

    assert not verdict.saturated
    assert [(each.layer, each.route) for each in verdict.culprits] == [("database", ROUTE)]
    assert "Most time goes into the database" in verdict.sentence


def test_the_lines_of_statements_are_a_cost_of_the_statements(load_run):
    run = fast_with_statements(load_run, db_n_plus_one=True)
    for number in range(0, 60, 6):
        run.logged(number, server_ms=18, database_ms=15, queries=12, db_n_plus_one=True)
        stack = "app.py:9 view;sqlalchemy/engine/default.py:1 do_execute;canonical_log/x.py:2 y"
        run.sampled(number, "logging", 200, "app.py:9 view", profile_stack=stack)

    assert [each.layer for each in run.report().verdict.culprits] == ["database"]


def test_a_statement_is_no_finding_because_it_takes_most_of_a_short_time(load_run):
    assert fast_with_statements(load_run).report().verdict.culprits == []


def test_promises_about_latency_that_were_kept_leave_nothing_to_blame(load_run):
    for number in range(0, 60, 6):
        load_run.sent(number, total_ms=500)
        load_run.logged(number, server_ms=490, database_ms=0, queries=0)
        load_run.sampled(number, "upstream", 480, "app.py:9 view")
    load_run.worker(threads=64)
    kept = {"metric": "http_req_duration{name:x}", "expression": "p(95)<600", "ok": True}

    assert load_run.report(thresholds=[kept | {"value": 500}]).verdict.culprits == []


def test_whoever_waits_for_the_gil_is_not_blamed_but_who_has_it(busy):
    run = busy("gil")
    run.sampled(0, "cpu", 1900, "app.py:3 refresh", http_method=None, http_route=None)
    for line in run.lines:
        if line["event"] == "profile_stack":
            line["event_id"] = (
                f"7-{line['event_id'].partition('-')[2]}{line['correlation_id'][-3:]}"
            )

    first = run.report().verdict.culprits[0]

    assert (first.layer, first.location) == ("gil", "app.py:3 refresh")


def test_a_lock_is_laid_at_the_door_of_its_holder(load_run):
    for number in range(0, 60, 2):
        load_run.sent(number, total_ms=800)
        load_run.logged(number, server_ms=600, database_ms=590)
        load_run.sampled(number, "database", 600, "app.py:5 view")
        load_run.blocked(number, 500, by=61, statement="SELECT pg_sleep(?)", state="active")
    load_run.sent(61, name="POST /todos", total_ms=900)
    load_run.logged(61, server_ms=890, database_ms=880)
    load_run.locks_the_table(61)
    load_run.worker()

    first = load_run.report().verdict.culprits[0]

    assert (first.layer, first.route) == ("lock", "POST /api/v1/todos")
    assert first.statement == "LOCK TABLE todos"


@pytest.mark.parametrize(("holds_ms", "layer"), [(1000, "lock"), (4000, "upstream")])
def test_a_lock_comes_before_what_its_holder_waits_for_unless_that_is_far_more(
    load_run, holds_ms, layer
):
    """The readers wait 17.7 s in all, and the holder 20 or 80 s with the table in its hand."""
    for number in range(60):
        is_reader = number % 3 < 2
        server_ms, database_ms = (450, 443) if is_reader else (holds_ms + 20, 10)
        load_run.sent(number, total_ms=server_ms + 50)
        load_run.logged(number, server_ms=server_ms, database_ms=database_ms)
        if is_reader:
            load_run.sampled(number, "database", 443, "app.py:5 view")
            state = "idle in transaction"
            load_run.blocked(number, 400, by=2, statement="LOCK TABLE todos", state=state)
        else:
            route = {"http_method": "POST", "profile_connection": True}
            load_run.sampled(number, "upstream", holds_ms, "app.py:9 plan", **route)
            load_run.locks_the_table(number)
    load_run.worker()

    first, second, *_ = load_run.report().verdict.culprits

    assert first.layer == layer
    assert {first.layer, second.layer} == {"lock", "upstream"}
    assert first.location == second.location == "app.py:9 plan"


def test_load_that_k6_could_not_begin_was_not_served(load_run):
    for number in range(20):
        load_run.sent(number, total_ms=900)
        load_run.logged(number, server_ms=890, database_ms=880)
    load_run.samples += [["iterations", load_run.samples[0][1], 20, *[""] * 9]]
    load_run.samples += [["dropped_iterations", load_run.samples[0][1], 30, *[""] * 9]]
    load_run.worker()

    served = load_run.report().verdict.served

    assert (served.offered, served.dropped) == (50, 30)
    assert served.offered_per_s > served.answered_per_s


def test_too_few_users_are_the_clients_fault(load_run):
    for number in range(0, 60, 6):
        load_run.sent(number)
        load_run.logged(number)
    load_run.samples += [["iterations", load_run.samples[0][1], 10, *[""] * 9]]
    load_run.samples += [["dropped_iterations", load_run.samples[0][1], 30, *[""] * 9]]
    load_run.worker()

    verdict = load_run.report().verdict

    assert not verdict.saturated
    assert verdict.culprits[0].layer == "client"


def requests(slow, others, **fields):
    return [
        *[
            Request(ROUTE, 900.0 + n, {"tenant": "42", "plan": "free", **fields})
            for n in range(slow)
        ],
        *[
            Request(ROUTE, 9.0 + n / 10, {"tenant": str(n % 7), "plan": "free"})
            for n in range(others)
        ],
    ]


def test_the_field_that_slow_requests_have_in_common_is_named_with_counts():
    [found] = differences(requests(30, 271))

    assert (found.field, found.slow, found.of_slow, found.others, found.of_others) == (
        "tenant=42",
        30,
        30,
        0,
        271,
    )


def test_where_no_request_is_slow_no_field_makes_a_difference():
    assert differences(requests(0, 300)) == []


def test_a_request_that_the_server_sent_away_kept_no_thread_busy(busy):
    run = busy("cpu")
    for number in range(100, 200):
        run.sent(number, name="GET /todos", status=503, total_ms=5)
        run.logged(number, server_ms=500, database_ms=0, queries=0, status=503, outcome="shed")
        run.sampled(number, "logging", 900, "app.py:1 shed", http_route=None)

    report = run.report()

    assert report.verdict.served.refused == 100
    assert [each.layer for each in report.verdict.culprits] == ["cpu"]
