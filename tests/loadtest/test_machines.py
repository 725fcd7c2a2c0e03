"""A load test from several machines: its shares, samples and promises are those of one."""

from fractions import Fraction

import pytest

from todo.loadtest.machines import segments
from todo.loadtest.promises import judged
from todo.loadtest.run import Threshold
from todo.loadtest.samples_of_machines import merge
from todo.loadtest.wording import outcome

HEADER = (
    "metric_name,timestamp,metric_value,check,error,error_code,expected_response,name,scenario,"
    "status,extra_tags,metadata\n"
)


def row(metric, value, *, moment=1000, expected="true", name="GET /todos", extra=""):
    return f"{metric},{moment},{value},,,,{expected},{name},visitor,200,{extra},\n"


@pytest.fixture
def samples(tmp_path):
    """Call it for a file with such rows."""

    def write(name, *rows):
        path = tmp_path / name
        path.write_text(HEADER + "".join(rows))
        return path

    return write


@pytest.mark.parametrize("machines", [1, 2, 3, 10])
def test_the_shares_are_alike_and_add_up_to_the_whole(machines):
    shares, sequence = segments(machines)
    ends = [tuple(map(Fraction, share.split(":"))) for share in shares]

    assert [high - low for low, high in ends] == [Fraction(1, machines)] * machines
    assert [low for low, _ in ends] + [1] == [Fraction(limit) for limit in sequence.split(",")]


def test_each_row_of_each_machine_is_there_once_under_one_header(samples, tmp_path):
    first = samples("1.csv", row("http_reqs", 1), row("http_reqs", 2))
    second = samples("2.csv", row("http_reqs", 3))
    whole = tmp_path / "samples.csv"

    merge([first, tmp_path / "missing.csv", second], whole)

    assert whole.read_text() == HEADER + "".join(row("http_reqs", n) for n in (1, 2, 3))


def test_a_row_that_was_cut_short_swallows_none_of_the_next_machine(samples, tmp_path):
    killed = samples("1.csv", row("http_reqs", 1), "http_re")
    whole = tmp_path / "samples.csv"

    merge([killed, samples("2.csv", row("http_reqs", 2))], whole)

    assert whole.read_text().splitlines()[-2:] == ["http_re", row("http_reqs", 2).strip()]


GOOD = "http_reqs{name:GET /todos,expected_response:true}"
TIMES = "http_req_duration{step:0.25,expected_response:true}"


@pytest.mark.parametrize(
    ("metric", "expression", "value", "ok"),
    [
        (GOOD, "count>=4", 4, True),
        (GOOD, "count>=5", 4, False),
        ("http_reqs", "rate>2", 2.5, True),
        (TIMES, "p(50)<250", 250, False),
        (TIMES, "p(50)<=250", 250, True),
        (TIMES, "max<1000", 400, True),
        (TIMES, "avg<200", 250, False),
        ("http_req_failed", "rate<0.3", 0.25, True),
        ("http_req_failed", "rate===0", 0.25, False),
        ("http_req_duration{name:nobody}", "p(95)<1", None, True),
        ("http_reqs{name:nobody}", "count>=1", 0, False),
    ],
)
def test_a_promise_is_judged_on_the_requests_of_all_machines(
    samples, metric, expression, value, ok
):
    path = samples(
        "samples.csv",
        *(row("http_reqs", 1, moment=1000 + 500 * n) for n in range(4)),
        row("http_reqs", 1, moment=3000, expected="false"),
        *(row("http_req_duration", 100 * n, extra="machine=1&step=0.25") for n in (1, 2, 3, 4)),
        row("http_req_duration", 9000, extra="step=0.5"),
        row("http_req_duration", 9000, expected="false", extra="step=0.25"),
        *(row("http_req_failed", n) for n in (0, 0, 0, 1)),
    )
    judged_alone = Threshold(metric=metric, expression=expression, ok=not ok, value=-1)

    assert judged([judged_alone], path) == [
        Threshold(metric=metric, expression=expression, ok=ok, value=value)
    ]


def test_the_users_of_all_machines_are_added_up_and_their_drops_too(load_run):
    for number in range(6):
        load_run.sent(number)
        load_run.logged(number)
    for machine, users in ((1, 5), (1, 7), (2, 4)):
        load_run.samples.append(["vus", 1, users, *[""] * 7, f"machine={machine}", ""])
        load_run.samples.append(["dropped_iterations", 1, 2, *[""] * 7, f"machine={machine}", ""])

    load = load_run.report().load

    assert (load.peak_vus, load.dropped_iterations) == (11, 6)


@pytest.mark.parametrize(
    ("shares", "is_blamed"),
    [
        ([0.95], True),
        ([0.5], False),
        ([0.3, 0.3, 0.3], True),
        ([0.2, 0.2, 0.2], False),
        ([None], False),
    ],
)
def test_load_machines_without_cpu_to_spare_are_blamed_first(load_run, shares, is_blamed):
    for number in range(10):
        load_run.sent(number, total_ms=900)
        load_run.logged(number, server_ms=890, database_ms=880)
    load_run.worker()
    machines = [
        {"name": f"machine-{n}", "host": "docker", "exit_code": 0, "cpu_share": share}
        for n, share in enumerate(shares, 1)
    ]

    verdict = load_run.report(load_machines=machines).verdict

    assert (verdict.culprits[0].layer == "client") is is_blamed
    assert ("k6 used 9" in verdict.sentence) is is_blamed


def test_the_report_says_whose_share_did_not_run_to_its_end(load_run):
    load_run.sent(1)
    load_run.logged(1)
    machines = [
        {"name": name, "host": "a task", "exit_code": code, "cpu_share": None, "problem": problem}
        for name, code, problem in (("machine-1", 0, ""), ("machine-2", 137, "it was killed"))
    ]

    report = load_run.report(load_machines=machines)

    words = outcome(report.run, report.totals, 0)
    assert "The share of machine-2 did not run to its end." in words
