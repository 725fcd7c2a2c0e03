"""The text of queries: what is understood, what is refused and where."""

import pytest

from logs_insights import QueryError, parse
from logs_insights.language import syntax
from logs_insights.language.commands.rows import Filter


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


def _equals_one(name: str) -> Filter:
    return Filter(syntax.Binary("=", syntax.Field((name,)), syntax.Number("1")))


def test_a_hyphen_subtracts_and_back_ticks_make_it_a_name():
    subtraction, name = parse("fields foo-bar, `foo-bar`").commands[0].items

    assert isinstance(subtraction.expression, syntax.Binary)
    assert name.expression == syntax.Field(("foo-bar",))


def test_a_slash_divides_except_where_a_pattern_is_due():
    (fields,) = parse("fields a / b / c").commands
    (condition,) = parse("filter a =~ /b\\/c/").commands

    assert fields.items[0].expression.operator == "/"
    assert condition.condition.pattern == syntax.Regex("b/c")


def test_a_slash_in_a_class_of_characters_ends_no_pattern():
    (condition,) = parse("filter a like /[^/]+/").commands

    assert condition.condition.pattern == syntax.Regex("[^/]+")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("filter a == 1", "filter a = 1"),
        ("filter a ~= /x/", "filter a =~ /x/"),
        ("filter !a", "filter not a"),
        ("where a", "filter a"),
        ("sort by a desc", "sort a desc"),
        ("order by a", "sort a"),
        ("stats count_distinct(a)", "stats countDistinct(a)"),
        ("count_frequent a", "countFrequent a"),
        ("stats count(*) by bin(5 minutes)", "stats count(*) by bin(5m)"),
    ],
)
def test_one_thing_may_be_written_in_two_ways(one: str, other: str):
    assert parse(one) == parse(other)


@pytest.mark.parametrize(
    "name", ["type", "pattern", "source", "limit", "left", "start", "offset", "csv", "field"]
)
def test_a_field_may_be_called_as_a_word_of_the_language(name: str):
    parsed = parse(f"fields {name} | filter {name} = 1 | sort {name} | stats max({name}) by {name}")

    assert parsed.commands[0].items[0].expression == syntax.Field((name,))


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
    "an unknown command": ("fields a | fliter x", "not a command; did you mean filter?", 12),
    "no command": ("fields a | 5", "'5' is not a command", 12),
    "a missing pipe": ("fields a sort b", "a | is missing before 'sort'", 10),
    "a source behind": ("fields a | SOURCE 'g'", "SOURCE stands at the start", 12),
    "an early end": ("fields a,", "the query ends too early", 10),
    "an empty query": ("  ", "the query ends too early", 1),
    "an open string": ('filter a = "x', "a string that never ends", 12),
    "an open pattern": ("filter a like /x", "a pattern that never ends", 15),
    "a bare word to like": ("filter a like b", "'b' is not understood here", 15),
    "a list between ( and )": ("filter a in ('x')", "a list stands between [ and ]", 14),
    "another language's and": ("filter a && b", "write and instead of &&", 10),
    "a limit of zero": ("limit 0", "limit takes a whole number from 1 to 100000", 7),
    "a limit too high": ("limit 100001", "limit takes a whole number from 1 to 100000", 7),
    "a fraction as limit": ("limit 1.5", "limit takes a whole number", 7),
    "look-around": ("filter a like /(?!x)/", "RE2, which has no look-around", 15),
    "a regex without names": ("parse a /x(.)/", "this regex names no field", 9),
    "too few names": ("parse '* *' as a", "the pattern has 2 '*' and 1 name(s)", 7),
    "an option that is none": ("outlier size=2 a", "there is no option size", 9),
    "a flag that is no flag": ("addtotals row=maybe", "row is true or false", 15),
    "a join by less": ("join where l.a < r.a (fields a)", "a join takes only =", 16),
    "a parameter": ("filter a = {{level}}", "fill in the parameter", 12),
    "brackets without end": ("fields " + "(" * 60, "more than 50 brackets", 58),
    "subqueries without end": ("filter a in (" * 200, "more than 50 brackets", 177),
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
        "line 2, column 23: 'c' is not understood here\n"
        "  | stats count(*) by b c\n"
        "                        ^"
    )


def test_of_a_long_line_a_refusal_shows_what_is_near_the_place():
    with pytest.raises(QueryError) as refused:
        parse("fields " + "a, " * 1000 + "b c" + ", d" * 1000)

    reason, source, caret = str(refused.value).split("\n")
    assert reason.startswith("line 1, column 3010: 'c' is")
    assert len(source) < 200
    assert source[len(caret) - 1] == "c"
