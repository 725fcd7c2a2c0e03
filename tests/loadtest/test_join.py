"""The join of k6's samples with log lines, and the figures that come out of it."""

import re

import pytest

from todo.loadtest.errors import ReportError
from todo.loadtest.run import new_folder, read_run
from todo.loadtest.samples import QUIET_NAMES
from todo.loadtest.wording import milliseconds, outcome, percent


def test_each_request_is_told_by_where_it_is_known(chequered):
    report = chequered().report()

    assert report.sides == {
        "both": 22,
        "lost": 1,
        "unanswered": 1,
        "unfinished": 1,
        "unfinished, logged": 1,
        "log only": 1,
        "quiet": 1,
    }


def test_lost_lines_and_lines_without_samples_are_listed_by_id(chequered):
    run = chequered()
    report = run.report()

    listed = {
        side: [row.request_id for row in some] for side, some in report.listed.items() if some
    }
    assert listed["lost"] == [run.id(22)]
    assert listed["log only"] == [run.id(25)]
    assert listed["unfinished, logged"] == [run.id(24)]


def test_the_clients_time_is_split_without_a_rest(load_run):
    load_run.sent(1, total_ms=100, blocked_ms=30)
    load_run.logged(1, server_ms=60, database_ms=45)

    route = load_run.report().routes[0]

    assert (route.mean_ms, route.blocked_ms) == (100, 30)
    assert (route.queue_ms, route.application_ms, route.database_ms) == (40, 15, 45)


def test_a_server_that_logs_more_than_the_client_waited_leaves_nothing_negative(load_run):
    load_run.sent(1, total_ms=5)
    load_run.logged(1, server_ms=6, database_ms=5.5)

    route = load_run.report().routes[0]

    assert (route.queue_ms, route.application_ms, route.database_ms) == (0, 0, 5)


def test_percentiles_are_of_each_route_and_both_sides(load_run):
    for number in range(101):
        load_run.sent(number, total_ms=number * 2.0)
        load_run.logged(number, server_ms=float(number), database_ms=0, queries=0)

    route = load_run.report().routes[0]

    assert (route.client_p50, route.client_p95, route.client_p99) == pytest.approx((100, 190, 198))
    assert (route.server_p50, route.server_p95, route.server_p99) == pytest.approx((50, 95, 99))


def test_a_refused_connection_waited_although_k6_says_zero(load_run):
    load_run.begun(1)
    load_run.samples += [
        [
            metric,
            load_run.samples[0][1] + 700,
            value,
            "",
            "refused",
            1212,
            "false",
            "GET /todos",
            "",
            0,
            "",
            load_run.metadata(1),
        ]
        for metric, value in (("http_reqs", 1), ("http_req_duration", 0), ("http_req_failed", 1))
    ]

    report = load_run.report()

    assert report.failed[0].request.total_ms == 700
    assert report.failures[0].error == "refused (1212)"


def test_a_line_that_was_delivered_twice_counts_once(load_run):
    load_run.sent(1)
    load_run.logged(1)
    load_run.lines *= 2

    report = load_run.report()

    assert report.sides == {"both": 1}
    assert [bar.kind for bar in report.slowest[0].bars].count("query") == 1


def test_a_last_line_that_was_cut_short_is_left_out(load_run):
    load_run.sent(1)
    load_run.logged(1)
    load_run.write()
    with (load_run.folder / "samples.csv").open("a", encoding="utf-8") as file:
        file.write("http_req_dura")
    load_run.write = lambda **run: None

    assert load_run.report().totals.n == 1


def test_seconds_without_a_request_are_in_the_timeline(load_run):
    for number in (0, 30):
        load_run.sent(number)
        load_run.logged(number)

    assert [row.ok for row in load_run.report().timeline] == [1, 0, 0, 1]


def test_the_waterfall_lies_within_the_clients_time(load_run):
    load_run.sent(1, total_ms=100, blocked_ms=10)
    load_run.logged(1, server_ms=60, database_ms=40)

    bars = load_run.report().slowest[0].bars

    assert [bar.kind for bar in bars[:4]] == ["client", "connect", "server", "query"]
    assert bars[2].start_ms == 10
    assert all(bar.start + bar.width <= 100 for bar in bars)


def test_routes_with_repeated_statements_are_named(chequered):
    run = chequered()
    route = run.report().n_plus_one[0]

    assert (route.route, route.n_plus_one, route.example) == (
        "GET /api/v1/todos",
        1,
        run.id(27),
    )


def test_health_checks_are_the_routes_that_the_application_does_not_log():
    from todo.api import HEALTH_PATHS

    assert {f"GET {path.removeprefix('/api/v1')}" for path in HEALTH_PATHS} == {*QUIET_NAMES}


def test_the_words_tell_failures_broken_thresholds_and_lost_lines(chequered):
    thresholds = [{"metric": "checks", "expression": "rate>0.99", "ok": False, "value": 0.5}]
    report = chequered().report(thresholds=thresholds)
    words = outcome(report.run, report.totals, report.missing_in_logs)

    assert "2 of 25 requests failed and 1 of 1 thresholds broke" in words
    assert "1 answered requests" in words


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0.421, "0.42 ms"), (12.34, "12.3 ms"), (850.4, "850 ms"), (51_700, "51.7 s")],
)
def test_durations_are_short(value, text):
    assert milliseconds(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (0.0004, "under 0.1 %"),
        (0.004, "0.4 %"),
        (0.5, "50 %"),
        (0.9996, "99.9 %"),
        (1, "100 %"),
    ],
)
def test_a_share_is_0_or_100_percent_only_when_it_is(share, text):
    assert percent(share) == text


def test_a_run_that_does_not_exist_is_answered_with_the_newest_ones(load_run):
    load_run.write()

    with pytest.raises(
        ReportError, match=r"there is no run other: .* the newest are smoke-20261123-100000"
    ):
        read_run(load_run.folder.parent / "other")


def test_samples_without_requests_are_refused(load_run):
    with pytest.raises(ReportError, match="has no samples of requests"):
        load_run.report()


def test_a_file_that_is_not_k6s_is_refused(load_run):
    load_run.write()
    (load_run.folder / "samples.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    load_run.write = lambda **run: None

    with pytest.raises(ReportError, match="is no CSV output of k6"):
        load_run.report()


def test_a_run_that_the_logs_do_not_have_points_to_the_shipper(load_run):
    load_run.sent(1)
    load_run.log(1, 0, load_run.samples[0][1], event="log", message="another line")

    with pytest.raises(ReportError, match="the shipper may be behind"):
        load_run.report()


def test_a_health_check_by_any_name_is_not_missed_in_the_logs(load_run):
    load_run.sent(1)
    load_run.logged(1)
    load_run.sent(2, name="GET it is well")
    for sample in load_run.samples:
        sample[-1] = sample[-1].replace(load_run.id(2), f"{load_run.id(2)}&unlogged=true")

    assert load_run.report().sides == {"both": 1, "quiet": 1}


def test_a_run_too_short_for_a_sample_of_its_users_had_some(load_run):
    for number in (1, 2, 3):
        load_run.sent(number, total_ms=250)
        load_run.logged(number)

    assert load_run.report().load.peak_vus == 3


def test_the_words_say_that_a_run_was_interrupted(load_run):
    load_run.sent(1)
    load_run.logged(1)

    report = load_run.report(interrupted=True)

    assert "interrupted" in outcome(report.run, report.totals, 0)


def test_runs_that_begin_in_the_same_second_have_folders_of_their_own(tmp_path):
    folders = [new_folder(tmp_path, "my script") for _ in range(5)]

    assert len({folder.name for folder in folders}) == 5
    assert all(re.fullmatch(r"my-script-\d{8}-\d{6}(-\d)?", each.name) for each in folders)


def test_the_wait_for_a_thread_has_a_bar(load_run):
    load_run.sent(1, total_ms=100, blocked_ms=10)
    load_run.logged(1, server_ms=40, database_ms=20)
    load_run.samples[0][1] -= 50  # begun 50 ms before the application saw it

    queue = next(bar for bar in load_run.report().slowest[0].bars if bar.kind == "queue")

    assert (queue.start_ms, queue.duration_ms) == (10, 40)
