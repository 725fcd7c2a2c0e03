"""Two runs side by side."""

import json
import random
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from todo.loadtest.comparison import compare, interval_of_ratio
from todo.loadtest.comparison_text import as_junit, as_markdown


@pytest.fixture
def pair(load_run, tmp_path):
    """Call it with the times of both runs for the folders of two that have been reported on."""

    def make(before_ms, after_ms, **changed):
        folders = []
        for name, times, described in (("a", before_ms, {}), ("b", after_ms, changed)):
            run = replace(load_run, state=tmp_path / name, samples=[], lines=[])
            for number, total_ms in enumerate(times):
                run.sent(number, total_ms=total_ms)
                run.logged(number, server_ms=total_ms / 2, database_ms=total_ms / 4)
            run.report(**described)
            folders.append(run.folder)
        return folders

    return make


def noisy(mean, n=200, spread=0.2, seed=1):
    source = random.Random(seed)
    return [mean * (1 + spread * source.uniform(-1, 1)) for _ in range(n)]


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        (noisy(20), noisy(30, seed=2), "slower"),
        (noisy(30), noisy(20, seed=2), "faster"),
        (noisy(20), noisy(20, seed=2), "same"),
        (noisy(20, n=12), noisy(30, n=12), "too noisy to say"),
    ],
    ids=["slower", "faster", "same", "too few"],
)
def test_a_route_and_its_statement_are_slower_faster_or_the_same(pair, before, after, word):
    comparison = compare(*pair(before, after))

    assert {(change.kind, change.word) for change in comparison.changes} == {
        ("route", word),
        ("statement", word),
    }


def test_a_difference_within_the_runs_own_noise_is_called_noise(pair):
    """Half of each run has another speed, as on a machine that somebody else uses."""
    before = [*noisy(20, n=100), *noisy(60, n=100, seed=2)]
    after = [*noisy(24, n=100, seed=3), *noisy(55, n=100, seed=4)]

    route = compare(*pair(before, after)).changes[0]

    assert route.word == "too noisy to say"


def test_the_interval_holds_the_true_ratio_about_as_often_as_it_says():
    held = 0
    for seed in range(40):
        low, high = interval_of_ratio(
            noisy(20, seed=seed), noisy(24, seed=seed + 1000), random.Random(seed)
        )
        held += low <= 1.2 <= high

    assert held >= 34


def test_what_changed_between_the_runs_is_told(pair):
    changed = {"revision": "abc1234", "settings": {"threads": "8"}}

    facts = compare(*pair(noisy(20), noisy(20, seed=2), **changed)).facts

    assert ("revision", "", "abc1234") in facts
    assert ("setting threads", "-", "8") in facts


def test_for_ci_there_are_junit_and_markdown(pair):
    comparison = compare(*pair(noisy(20), noisy(30, seed=2)))

    suite = ElementTree.fromstring(as_junit(comparison))
    assert suite.get("failures") == "2"
    assert len(suite.findall("testcase/failure")) == 2
    assert "| `GET /todos` | 20" in as_markdown(comparison)


def test_the_exit_code_says_whether_something_got_slower(pair, environment, tmp_path):
    for folder in pair(noisy(20), noisy(30, seed=2)):
        kept = tmp_path / "both" / "load" / folder.parents[1].name
        kept.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(kept)
        described = json.loads((kept / "run.json").read_text()) | {"run_id": kept.name}
        (kept / "run.json").write_text(json.dumps(described))

    codes = [
        subprocess.run(
            [sys.executable, "-m", "todo.cli", "compare", *runs],
            env=environment | {"TODO_STATE_DIR": str(tmp_path / "both")},
            capture_output=True,
            timeout=60,
        ).returncode
        for runs in (("a", "b"), ("b", "a"), ("a", "nothing"))
    ]

    assert codes == [1, 0, 2]
