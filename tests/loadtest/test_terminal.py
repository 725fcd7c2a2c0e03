"""The report in a terminal, however narrow."""

import io

import pytest
from rich.console import Console

from todo.loadtest.terminal import print_report


@pytest.fixture
def printed(load_run):
    """Call it with a width for what is printed of a run with a culprit and a failure."""
    for number in range(60):
        load_run.sent(number, total_ms=410 + 50 * (number % 10), status=503 if number == 9 else 200)
        load_run.logged(number, server_ms=400, status=503 if number == 9 else 200)
        load_run.sampled(number, "upstream", 390, "app.py:7 view")
    load_run.worker()
    report = load_run.report()

    def at(width):
        console = Console(file=io.StringIO(), width=width, color_system=None)
        print_report(console, report)
        return report, console.file.getvalue()

    return at


@pytest.mark.parametrize("width", [60, 80, 130])
def test_the_verdict_is_whole_and_no_status_or_id_is_cut(printed, width):
    report, text = printed(width)
    lines = [line.strip() for line in text.splitlines()]
    culprit, failure = report.verdict.culprits[0], report.failures[0]

    assert report.verdict.sentence.replace(" ", "") in text.replace("\n", "").replace(" ", "")
    assert f"todo trace {culprit.correlation_id}" in lines
    assert f"todo trace {failure.example}" in lines
    assert any(line.startswith("failed: 1 x status 503") for line in lines)
    assert f"1. upstream  {culprit.route}" in text
    assert max(len(line) for line in lines if not line.startswith("todo trace")) <= width
