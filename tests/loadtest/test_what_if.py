"""What the verdict says of a run without its culprit, against the run without it."""

import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.diagnosis.planting import Planted, report_on

from . import two_waits


@pytest.fixture
def run(new_database):
    """Call it for the report of a run of the app that waits."""

    def report():
        with tempfile.TemporaryDirectory(prefix="waits-") as state:
            return report_on(Planted("two_waits", two_waits), Path(state), new_database())

    return report


def test_without_the_statement_it_is_about_as_was_said(run, monkeypatch):
    slow = run()
    said = next(
        each["what_if"] for each in slow["verdict"]["culprits"] if each["layer"] == "database"
    )
    monkeypatch.setenv("WITHOUT", "1")
    quick = run()

    assert slow["verdict"]["saturated"]
    assert said["now_p95_ms"] == pytest.approx(slow["totals"]["client_p95"], rel=0.1)
    assert said["p95_ms"] < slow["totals"]["client_p95"] / 2
    assert quick["totals"]["client_p95"] / 3 < said["p95_ms"] < quick["totals"]["client_p95"] * 3
    assert 40 < said["knee_per_s"] < 85
    assert quick["verdict"]["answered_per_s"] > slow["verdict"]["answered_per_s"] * 1.2
