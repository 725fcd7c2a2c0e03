"""The text of queries: what is understood, what is refused and where, and that it survives being
rewritten.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs_insights import QueryError, parse
from logs_insights.language import syntax
from logs_insights.language.durations import UNITS

from .unparsing import unparse

names = st.from_regex(r"[A-Za-z_@][A-Za-z0-9_@]{0,8}", fullmatch=True) | st.sampled_from(
    ["foo-bar", "with space", "by", "not", "as", "limit", "5xx", "a:b", "@tag-x"]
)
indexes = st.integers(0, 99)
fields = st.builds(
    lambda first, rest: syntax.Field((first, *rest)), names, st.lists(names | indexes, max_size=2)
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
strings = st.builds(syntax.String, texts)
numbers = st.builds(
    syntax.Number, st.sampled_from(["0", "5", "12.75", ".5", "1e3", "2.5E-2", "123456789012"])
)
durations = st.builds(syntax.Duration, st.integers(1, 60), st.sampled_from(sorted(UNITS)))
regexes = st.builds(
    syntax.Regex, st.sampled_from(["Exception", "^(?i)err$", r"2\d\d", "a/b", r"[^/]+\.x"])
)
patterns = strings | regexes


def _extend(inner: st.SearchStrategy) -> st.SearchStrategy:
    operators = st.sampled_from(
        ["or", "and", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "^"]
    )
    functions = st.sampled_from(["abs", "concat", "bin", "strcontains", "count"])
    calls = st.builds(syntax.Call, functions, st.lists(inner, max_size=3).map(tuple))
    return st.one_of(
        st.builds(syntax.Minus, inner),
        st.builds(syntax.Not, inner),
        st.builds(syntax.Binary, operators, inner, inner),
        st.builds(syntax.Like, inner, patterns, st.booleans()),
        st.builds(
            syntax.In, inner, st.lists(inner, min_size=1, max_size=3).map(tuple), st.booleans()
        ),
        calls,
        st.just(syntax.Call("count", (), star=True)),
    )


expressions = st.recursive(fields | strings | numbers | durations, _extend, max_leaves=8)
aliases = st.none() | names
items = st.lists(st.builds(syntax.Item, expressions, aliases), min_size=1, max_size=3).map(tuple)
globs = st.builds(
    lambda source, pieces, name: syntax.Parse(
        source,
        syntax.String("*".join([*pieces, ""])),
        tuple(f"{name}{place}" for place in range(len(pieces))),
    ),
    st.none() | fields,
    st.lists(st.text("ab [=,\"'\\", max_size=4), min_size=1, max_size=3),
    st.sampled_from(["x", "@y", "odd-name"]),
)
commands = st.one_of(
    st.builds(syntax.Fields, items),
    st.builds(syntax.Display, items),
    st.builds(syntax.Filter, expressions),
    st.builds(syntax.Stats, items, st.just(()) | items),
    st.builds(
        syntax.Sort,
        st.lists(st.builds(syntax.SortKey, expressions, st.booleans()), min_size=1, max_size=2).map(
            tuple
        ),
    ),
    st.builds(syntax.Limit, st.integers(1, syntax.MAX_LIMIT), st.booleans()),
    st.builds(
        syntax.Parse,
        st.none() | fields,
        st.just(syntax.Regex(r"(?<a>\w+)=(?<b>.)")),
        st.just(("a", "b")),
    ),
    globs,
    st.builds(syntax.Dedup, st.lists(fields, min_size=1, max_size=2).map(tuple)),
)
queries = st.builds(syntax.Query, st.lists(commands, min_size=1, max_size=4).map(tuple))


@given(queries)
def test_a_query_that_is_written_and_read_again_is_the_same(query: syntax.Query):
    assert parse(unparse(query)) == query


def test_keywords_and_functions_may_be_in_any_case():
    assert parse("FIELDS Abs(x) AS y | FILTER NOT a LIKE 'b'") == parse(
        "fields abs(x) as y | filter not a like 'b'"
    )


def test_a_comment_reaches_to_the_end_of_its_line():
    assert parse("# first\nfields a # | limit 3\n# | limit 5\n| limit 7") == parse(
        "fields a | limit 7"
    )


def test_a_pipe_in_a_string_a_regex_or_a_comment_does_not_end_a_command():
    query = parse("filter a = 'x|y' or a like /x|y/ # | z")

    assert len(query.commands) == 1


@pytest.mark.parametrize(
    "name", ["notify", "order", "android", "likes", "inside", "asset", "by_name"]
)
def test_a_name_that_begins_like_a_keyword_is_a_field(name: str):
    assert parse(f"filter {name} = 1") == syntax.Query((_equals_one(name),))


def _equals_one(name: str) -> syntax.Filter:
    return syntax.Filter(syntax.Binary("=", syntax.Field((name,)), syntax.Number("1")))


def test_a_hyphen_subtracts_and_back_ticks_make_it_a_name():
    subtraction, name = parse("fields foo-bar, `foo-bar`").commands[0].items

    assert isinstance(subtraction.expression, syntax.Binary)
    assert name.expression == syntax.Field(("foo-bar",))


def test_a_slash_divides_except_where_a_pattern_is_due():
    (fields,) = parse("fields a / b / c").commands
    (condition,) = parse("filter a =~ /b\\/c/").commands

    assert fields.items[0].expression.operator == "/"
    assert condition.condition.pattern == syntax.Regex("b/c")


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("20min", "m"),
        ("1hr", "h"),
        ("2hrs", "h"),
        ("1Hour", "h"),
        ("5mo", "mo"),
        ("1q", "q"),
        ("100msec", "ms"),
    ],
)
def test_every_spelling_of_a_unit_is_known(written: str, unit: str):
    (stats,) = parse(f"stats count(*) by bin({written})").commands

    assert stats.groups[0].expression.arguments[0].unit == unit


REFUSED = {
    "a command outside the subset": (
        "fields a | join x",
        "the command 'join' is not supported here",
        12,
    ),
    "an unknown command": ("fields a | fliter x", "'fliter' is not a command", 12),
    "a source": ("SOURCE 'g' | fields a", "the command 'SOURCE' is not supported here", 1),
    "filterIndex": ("filterIndex a = 1", "the command 'filterIndex' is not supported here", 1),
    "an early end": ("fields a,", "the query ends too early", 10),
    "an empty query": ("  ", "the query ends too early", 1),
    "two equals signs": ("filter a == 3", "'=' is not understood here", 11),
    "an open string": ('filter a = "x', "a string that never ends", 12),
    "a bare word to like": ("filter a like b", "'b' is not understood here", 15),
    "a limit of zero": ("limit 0", "limit takes a whole number from 1 to 100000", 7),
    "a limit too high": ("limit 100001", "limit takes a whole number from 1 to 100000", 7),
    "a fraction as limit": ("limit 1.5", "limit takes a whole number", 7),
    "look-around": ("filter a like /(?!x)/", "RE2, which has no look-around", 15),
    "a regex without names": ("parse a /x(.)/", "this regex names no field", 9),
    "too few names": ("parse '* *' as a", "the pattern has 2 '*' and 1 names", 7),
}


@pytest.mark.parametrize(("text", "reason", "column"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_understood_is_refused_with_its_place(text: str, reason: str, column: int):
    with pytest.raises(QueryError) as refused:
        parse(text)

    assert reason in str(refused.value)
    assert refused.value.column == column


def test_a_refusal_shows_the_line_with_a_caret_under_the_place():
    with pytest.raises(QueryError) as refused:
        parse("fields a\n| stats count(*) by b c")

    assert str(refused.value) == (
        "line 2, column 23: 'c' is not understood here\n  | stats count(*) by b c\n                        ^"
    )
