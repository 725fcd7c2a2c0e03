"""The first rows of a sort are the same, whether or not others are left out early."""

import random
from contextlib import suppress
from pathlib import Path

import pytest

from logs_insights import run_local
from logs_insights.duckdb import pipeline, reading

ALPHABETS = ["a-0129", "ab:é/9", "0123456789", "abcdefghijkl0"]


def number(text: str) -> float | str:
    with suppress(ValueError):
        return float(text)
    return text


@pytest.mark.parametrize("start", ["", "ten signs,", "and eleven,", "1" * 11])
@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_bound_from_the_first_lines_leaves_out_no_first_row(
    events_file, monkeypatch: pytest.MonkeyPatch, start: str, alphabet: str, order: str
):
    source = random.Random(alphabet + order)
    texts = [start + "".join(source.choices(alphabet, k=source.randint(0, 18))) for _ in range(400)]
    texts = list({number(text): text for text in texts}.values())  # equal ones are in no order
    path: Path = events_file({"timestamp": "2026-11-23T10:00:00Z", "x": text} for text in texts)
    query = f"filter x != 'b' | fields x | sort x {order} | limit 25"

    monkeypatch.setattr(reading, "_SAMPLE_LINES", 60)
    bounded = run_local(query, [path])
    monkeypatch.setattr(pipeline, "_MOST_BOUNDED", 0)
    whole = run_local(query, [path])

    assert bounded.records() == whole.records()
    assert bounded.statistics == whole.statistics
