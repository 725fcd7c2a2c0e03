"""`todo report --aws` asks CloudWatch Logs what `todo report` asks the archive."""

import pytest
from click.testing import CliRunner

from logs_insights import TimeRange, run_local
from todo.commands.report import command
from todo.views.archive import archive_files

from .conftest import RUN_ID


class Logs:
    """A client for `logs` that answers from an archive, in whole seconds and with at most 10,000
    rows.
    """

    def __init__(self, archive) -> None:
        self.archive = archive
        self.answers = {}

    def start_query(self, *, logGroupNames, startTime, endTime, queryString, limit=None):
        assert isinstance(startTime, int)
        assert isinstance(endTime, int)
        assert startTime <= endTime
        assert len(queryString) <= 10_000
        assert limit is None or limit <= 10_000
        span = TimeRange(startTime * 1000, endTime * 1000)
        results = run_local(
            queryString,
            archive_files(self.archive, *logGroupNames, span),
            time_range=span,
            limit=limit,
        )
        self.answers[str(len(self.answers))] = results
        return {"queryId": str(len(self.answers) - 1)}

    def get_query_results(self, *, queryId):
        results = self.answers[queryId]
        scanned = results.statistics
        counted = {"recordsMatched": scanned.records_matched, "bytesScanned": scanned.bytes_scanned}
        return {"status": "Complete", "results": results.rows, "statistics": counted}


@pytest.fixture
def logs(load_run, monkeypatch) -> Logs:
    stub = Logs(load_run.state / "logs")
    monkeypatch.setattr("boto3.client", lambda service, **options: stub)
    monkeypatch.setenv("TODO_STATE_DIR", str(load_run.state))
    return stub


def test_aws_is_asked_within_its_limits_and_the_cost_is_told(chequered, logs):
    run = chequered()
    run.write(log_group="taskoverflow")

    done = CliRunner().invoke(command, [RUN_ID, "--aws"])

    assert done.exit_code == 0, done.output
    assert "22 requests are in k6's samples and in the logs" in done.output
    assert "about $0.00" in done.output
    assert "CloudWatch Logs, log group taskoverflow" in (run.folder / "report.html").read_text(
        encoding="utf-8"
    )


def test_requests_are_traced_together(chequered, logs):
    """AWS runs few queries at once, and each takes a second or two."""
    chequered().write()

    CliRunner().invoke(command, [RUN_ID, "--aws"])

    # How many lines, the lines, what was sampled, statements, exceptions, outgoing calls, the
    # events of what stands out, the ranked statements.
    assert len(logs.answers) == 8
