"""The example in the package's docstring, which is also the README's, runs as it is written."""

import logging
import re
import textwrap
from pathlib import Path

import pytest

import canonical_log

EXAMPLE = textwrap.dedent(canonical_log.__doc__.partition("\n\n")[2]).strip()
README = (Path(__file__).parents[1] / "README.md").read_text()


@pytest.fixture
def example():
    """What the example defines. What it does to logging is undone."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    names = {"__name__": "example"}
    exec(EXAMPLE, names)  # our own text
    yield names
    root.handlers[:], level = before
    root.setLevel(level)


def test_a_request_has_its_id_its_lines_and_the_apps_own_field(example, captured):
    answer = example["app"].test_client().get("/hello/world", headers={"X-Correlation-ID": "my-id"})
    with answer:
        assert answer.json == {"hello": "world", "id": "my-id"}
    assert answer.headers["X-Correlation-ID"] == "my-id"


def test_it_is_at_most_fifteen_lines_and_the_readmes(example):
    assert len(EXAMPLE.splitlines()) <= 15
    assert re.sub("\n+", "\n", EXAMPLE) in re.sub("\n+", "\n", README)
