"""Whatever a query says, it is answered or refused in words; its SQL grows with it, no faster."""

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from logs_insights import InsightsError, LogFile, QueryError, TimeRange, parse, run_local
from logs_insights.duckdb.compiling import compile_query
from logs_insights.language.commands import COMMANDS

from . import random_queries
from .test_collection import VALID

EVENTS = [
    {"a": 1, "b": "x1", "n": {"x": 0.5}, "l": [1, "two"], "odd name": "y"},
    {"a": "05", "b": "abc 7", "n": {"x": None}, "l": []},
    {"a": True, "b": '{"a": {"b": [1]}}', "n": 3},
    {"b": "<a><b>t</b></a>", "a": "10.0.0.1"},
    {"a": -2.5, "b": 'level=info msg="it is"'},
]
MISTAKES = [
    *"|()[]{},.\"'`/\\#@=*1é😀\0\n",
    "and",
    "not",
    "like",
    "in",
    "by",
    "as",
    "stats",
    "1e999",
]
DAY = TimeRange(1_795_392_000_000, 1_795_478_399_999)
RANDOM = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    folder = tmp_path_factory.mktemp("random")
    path, table = folder / "events.ndjson", folder / "t.csv"
    lines = [
        json.dumps({"timestamp": f"2026-11-23T10:0{minute}:00.000Z", **event})
        for minute, event in enumerate(EVENTS)
    ]
    path.write_text("\n".join([*lines, "2026-11-23 10:09:00 [INFO] plain text 12"]) + "\n")
    table.write_text("k,v,cidr\n1,one,10.0.0.0/8\nx1,two,192.168.0.0/16\n")
    return lambda text: run_local(
        text, [LogFile(path, "app", "web-1")], DAY, lookup_tables={"t": table}
    )


def test_there_is_a_random_form_of_every_command():
    assert set(random_queries.COMMANDS) == {command.names[0] for command in COMMANDS}


@RANDOM
@given(query=random_queries.queries)
@example("fields a | sort a | dedup b | limit 3")
@example("stats count(*) as n by a | relevantfields where n > 1")
@example(
    "stats count(*) as n by bin(5m) | fillmissing with 0 for n"
    " | join type=inner left=l right=r where l.n = r.b (SOURCE app | filter a > 1)"
)
def test_a_random_query_is_answered_or_refused_in_words(ask, query: str):
    with suppress(InsightsError):
        ask(query).records()


@pytest.mark.parametrize("name", random_queries.COMMANDS)
def test_a_random_form_of_each_command_is_answered_or_refused_in_words(ask, name: str):
    @settings(RANDOM, max_examples=5)
    @given(query=random_queries.COMMANDS[name])
    def check(query: str) -> None:
        with suppress(InsightsError):
            ask(query)

    check()


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_a_query_with_a_mistake_is_compiled_or_refused_with_its_place(data):
    """A mistake is a piece left out, put in, taken from another query, or there twice."""
    queries = st.sampled_from([each.text for each in VALID])
    query, other = data.draw(queries), data.draw(queries)
    start = data.draw(st.integers(0, len(query)))
    end = data.draw(st.integers(start, min(len(query), start + 8)))
    piece = query[start:end]
    put_in = data.draw(st.sampled_from(["", *MISTAKES, 2 * piece, other[start : start + 40]]))

    with suppress(QueryError):
        compile_query(parse(query[:start] + put_in + query[end:]), time_range=DAY)


@settings(deadline=None, max_examples=300)
@given(text=st.text(st.sampled_from("fields aby|=<>()[]{}'\"/\\`@.,#*1 5m\n"), max_size=60))
def test_any_text_is_read_or_refused_in_words(text: str):
    with suppress(InsightsError):
        parse(text)


CHAINS = {
    "additions": lambda n: "fields " + " + ".join(["a"] * n) + " as x",
    "products of products": lambda n: "fields " + " * ".join(["(a + b)"] * n) + " as x",
    "alternatives": lambda n: "filter " + " or ".join(f"a = {place}" for place in range(n)),
    "conditions": lambda n: "filter a > 1" + "".join(f" and a + {i} > b" for i in range(n)),
    "columns of columns": lambda n: (
        "fields a as x0"
        + "".join(f" | fields x{place} + x{place} as x{place + 1}" for place in range(n))
    ),
    "texts of texts": lambda n: (
        "fields a as x0"
        + "".join(
            f" | fields concat(x{place}, '-') as y{place}, toupper(y{place}) as x{place + 1}"
            for place in range(n)
        )
    ),
    "loose comparisons of columns": lambda n: (
        "fields a as x0"
        + "".join(f" | fields if(x{place} > b, x{place}, b) as x{place + 1}" for place in range(n))
    ),
    "options": lambda n: "filter a in [" + ", ".join(f"'w{place}'" for place in range(n)) + "]",
    "branches": lambda n: "fields " + " + ".join(["case(a = 1, b, a = 2, a, 3)"] * n) + " as x",
    "results": lambda n: (
        "stats " + ", ".join(f"pct(a, {place % 100}) as p{place}" for place in range(n))
    ),
    "parts of a name": lambda n: "fields a" + ".b" * n,
    "filters": lambda n: "fields a" + "".join(f" | filter a != {place}" for place in range(n)),
}


def size(query: str) -> tuple[int, int]:
    """Characters of SQL, and steps."""
    plan = compile_query(parse(query))
    return sum(map(len, plan.ctes)), len(plan.ctes)


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_the_sql_grows_no_faster_than_the_query(chain):
    short, long = size(chain(25)), size(chain(200))
    texts = len(chain(200)) / len(chain(25))

    assert long[0] / short[0] <= 1.3 * texts
    assert long[1] / short[1] <= 1.3 * texts


@pytest.mark.parametrize("chain", [c for name, c in CHAINS.items() if "columns" not in name])
def test_an_expression_of_200_terms_is_answered(ask, chain):
    assert ask(chain(200)).columns


@pytest.mark.parametrize("chain", [c for name, c in CHAINS.items() if "columns" in name])
def test_forty_columns_of_one_another_are_answered(ask, chain):
    assert ask(chain(40)).columns
