"""Queries collected from AWS's documentation and from public repositories: each is accepted, or
refused by name. Where each comes from is in the files of `collection/`.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from logs_insights import QueryError, TimeRange, run_local

COLLECTION = Path(__file__).with_name("collection")
EVENT = {
    "timestamp": "2026-11-23T10:00:00.000Z",
    "level": "ERROR",
    "duration": 12.5,
    "message": "user=ana, method:get, latency := 10",
    "requestId": "req-1",
    "status": 500,
}


@dataclass(frozen=True)
class Collected:
    """A query, where it is from, and the reason it is refused for, or None."""

    name: str
    text: str
    reason: str | None = None


def collected() -> Iterator[Collected]:
    for path in sorted(COLLECTION.glob("*.toml")):
        for source in tomllib.loads(path.read_text(encoding="utf-8"))["from"]:
            name = re.sub(r"[^A-Za-z0-9]+", "-", source["source"]).strip("-")[-50:]
            for number, text in enumerate(source.get("accepted", ()), 1):
                yield Collected(f"{name}-{number}", text)
            for number, refused in enumerate(source.get("refused", ()), 1):
                yield Collected(f"{name}-refused-{number}", refused["query"], refused["reason"])


EVERY = list(collected())
VALID = [query for query in EVERY if query.reason is None]
REFUSED = [query for query in EVERY if query.reason is not None]
NOT_YET = frozenset((COLLECTION / "not_yet.txt").read_text(encoding="utf-8").split())


def cases(queries: list[Collected]) -> list:
    """A query that is not answered yet must fail, so that the list shrinks as the engine grows."""
    late = pytest.mark.xfail(strict=True, reason="listed in collection/not_yet.txt")
    return [
        pytest.param(query, id=query.name, marks=[late] if query.name in NOT_YET else [])
        for query in queries
    ]


# What the lookup queries of the documentation take for granted.
LOOKUP_TABLES = {
    "user_data": "id,user_id,name,username,email,department",
    "known_hosts": "ip_address,hostname,region",
    "network_services": "ip_address,port,service_name,owner",
    "employees": "department,role,office,manager",
    "net_table": "cidr,region,owner,datacenter",
}
DAY = TimeRange(1_795_392_000_000, 1_795_478_399_999)


@pytest.fixture(scope="session")
def ask(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("collection")
    path = folder / "events.ndjson"
    path.write_text(json.dumps(EVENT) + "\n", encoding="utf-8")
    tables = {name: folder / f"{name}.csv" for name in LOOKUP_TABLES}
    for name, table in tables.items():
        table.write_text(LOOKUP_TABLES[name] + "\n", encoding="utf-8")
    return lambda text: run_local(text, [path], DAY, lookup_tables=tables)


@pytest.mark.parametrize("query", cases(VALID))
def test_a_valid_query_is_answered(query: Collected, ask):
    ask(query.text)


@pytest.mark.parametrize("query", cases(REFUSED))
def test_an_invalid_query_is_refused_by_name(query: Collected, ask):
    with pytest.raises(QueryError) as error:
        ask(query.text)

    assert re.search(query.reason or "", error.value.reason, re.IGNORECASE)


def test_the_collection_is_as_large_as_it_says():
    assert len({" ".join(query.text.split()) for query in VALID}) >= 389


def test_the_list_of_queries_not_answered_yet_names_queries():
    assert {query.name for query in EVERY} >= NOT_YET
    assert len({query.name for query in EVERY}) == len(EVERY)
