"""The schema and what the README says of it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from canonical_log.fields import EVENTS, FIELDS, markdown_table

README = Path(__file__).parents[3] / "README.md"


def test_the_readme_has_the_table_of_fields():
    shown = README.read_text().partition("<!-- fields -->\n")[2].partition("<!-- /fields -->")[0]

    assert shown == markdown_table()


def test_the_module_prints_the_table():
    command = [sys.executable, "-m", "canonical_log.fields"]

    assert subprocess.check_output(command, text=True) == markdown_table()


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_has_fewer_than_60_fields(event):
    """CloudWatch Logs discovers 200 fields of an event at most; this leaves room for the app's."""
    assert len([field for field in FIELDS if event in field.events]) < 60


def test_names_need_no_quoting_in_logs_insights():
    assert [field.name for field in FIELDS if not re.fullmatch(r"[A-Za-z_]+\*?", field.name)] == []


def test_no_name_is_listed_twice():
    assert len({field.name for field in FIELDS}) == len(FIELDS)
