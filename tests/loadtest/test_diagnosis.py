"""The report names what was planted: seven of them here, all by `make bench-diagnosis`."""

import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.diagnosis.grading import wrong_in
from benchmarks.diagnosis.planting import planted, report_on

NAMES = [
    "row_lock",
    "cpu_in_python",
    "mutex",
    "n_plus_one",
    "slow_upstream",
    "held_connection",
    "fine",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_report_names_what_was_planted_and_nothing_else_first(name, new_database):
    bottleneck = planted(name)
    with tempfile.TemporaryDirectory(prefix="planted-") as state:
        verdict = report_on(bottleneck, Path(state), new_database())["verdict"]

    assert wrong_in(verdict, bottleneck.module.EXPECTED) == [], verdict["sentence"]
    assert verdict["saturated"] is bool(bottleneck.module.EXPECTED.layers)
