"""SOURCE and log groups: which files a query reads."""

import json
from pathlib import Path

import pytest

from logs_insights import InsightsError, LogFile, Reads, TimeRange, reads, run_local

GROUPS = {
    "/aws/lambda/pay": {"team": "payments", "env": "prod"},
    "/aws/lambda/ship": {"team": "shipping", "env": "test"},
    "web": {"team": "payments-web"},
}
COUNT = "stats count(*) as n by @log"


@pytest.fixture
def files(tmp_path: Path) -> list[LogFile]:
    """An event in each of three groups."""
    found = []
    for number, (group, tags) in enumerate(GROUPS.items()):
        path = tmp_path / f"{number}.ndjson"
        event = {"timestamp": "2026-11-23T10:00:00Z", "id": number % 2, "of": group}
        path.write_text(json.dumps(event) + "\n")
        found.append(LogFile(path, group, "s", tags))
    return found


@pytest.mark.parametrize(
    ("source", "groups"),
    [
        ("SOURCE logGroups()", set(GROUPS)),
        ("SOURCE 'web'", {"web"}),
        ("SOURCE web", {"web"}),
        ("SOURCE /aws/lambda/pay", {"/aws/lambda/pay"}),
        ("SOURCE 'web' | SOURCE '/aws/lambda/pay'", {"web", "/aws/lambda/pay"}),
        ("SOURCE 'web' START=-43200s END=0s", {"web"}),
        ("SOURCE 'arn:aws:logs:eu-west-1:1:log-group:web:*'", {"web"}),
        ("SOURCE logGroups(namePrefix: ['/aws'])", {"/aws/lambda/pay", "/aws/lambda/ship"}),
        ("SOURCE logGroups(namePrefix: ['/aws/lambda/p', 'w'])", {"/aws/lambda/pay", "web"}),
        ("SOURCE logGroups(class: ['INFREQUENT_ACCESS'])", set()),
        ('SOURCE logGroupTags([{"key": "env"}])', {"/aws/lambda/pay", "/aws/lambda/ship"}),
        (
            'SOURCE logGroupTags([{"key": "team", "values": ["payments*"]}])',
            {"/aws/lambda/pay", "web"},
        ),
        (
            'SOURCE logGroupTags([{"key": "env", "values": ["!prod"]}])',
            {"/aws/lambda/ship"},
        ),
        (
            "SOURCE logGroups(namePrefix: ['w']) "
            'logGroupTags([{"key": "team", "values": ["payments*"]}])',
            {"web"},
        ),
    ],
)
def test_a_source_chooses_groups(files, source: str, groups: set[str]):
    wide = TimeRange(0, 2_000_000_000_000)

    rows = run_local(f"{source} | {COUNT}", files, wide).records()

    assert {row["@log"] for row in rows} == groups


def test_a_group_that_is_not_there_is_told_with_the_nearest(files):
    with pytest.raises(InsightsError, match="no log group 'webb' here; did you mean web"):
        run_local(f"SOURCE 'webb' | {COUNT}", files)


def test_files_of_unknown_groups_are_read_whatever_the_source_says(tmp_path: Path):
    path = tmp_path / "app.ndjson"
    path.write_text('{"timestamp": "2026-11-23T10:00:00Z"}\n')

    results = run_local("SOURCE '/aws/lambda/x' | stats count(*) as n", [path])

    assert results.records() == [{"n": "1"}]
    assert "SOURCE names no log group of these files" in results.warnings[0]


def test_a_query_without_a_source_is_about_the_usual_groups(files):
    assert run_local(COUNT, files, log_groups=["web"]).records() == [{"@log": "web", "n": "1"}]


def test_a_subquery_has_a_source_of_its_own(files):
    query = "filter id in (SOURCE '/aws/lambda/ship' | fields id) | stats count(*) as n"

    assert run_local(query, files, log_groups=["web"]).records() == [{"n": "0"}]
    assert run_local(query, files, log_groups=["/aws/lambda/ship"]).records() == [{"n": "1"}]


def test_accounts_are_told_to_mean_nothing_here(files):
    query = f"SOURCE logGroups(accountIdentifier: ['1']) | {COUNT}"

    assert "known only to AWS" in run_local(query, files).warnings[0]


DAY = TimeRange(1_795_392_000_000, 1_795_478_399_999)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("fields a", Reads((), False, DAY)),
        ("SOURCE 'a' | SOURCE 'b' | fields x", Reads(("a", "b"), False, DAY)),
        ("SOURCE logGroups(namePrefix: ['a']) | fields x", Reads((), True, DAY)),
        ("filter x > 1 and y in (SOURCE c | fields y)", Reads(("c",), False, DAY)),
        ("filter not (y in (SOURCE c | fields y))", Reads(("c",), False, DAY)),
        ("join left=l right=r where l.a=r.a (SOURCE 'b')", Reads(("b",), False, DAY)),
        (
            "pattern @message | diff previousDay",
            Reads((), False, TimeRange(1_795_305_600_000, 1_795_478_399_999)),
        ),
        (
            "logcompare timeshift 7d",
            Reads((), False, TimeRange(1_794_787_200_000, 1_795_478_399_999)),
        ),
    ],
)
def test_what_a_query_reads_is_known_before_it_runs(query: str, expected: Reads):
    assert reads(query, DAY) == expected
