"""Hypothesis strategies for queries: every command, every function, in forms that the language
has.
"""

from hypothesis import strategies as st

from logs_insights.duckdb.aggregates import AGGREGATES
from logs_insights.duckdb.functions import FUNCTIONS

NAMES = ["a", "b", "n.x", "l.0", "@message", "@timestamp", "@logStream", "missing", "`odd name`"]
PERIODS = ["5m", "1h", "30s", "1d", "2w", "1mo", "100ms"]
LITERALS = ["0", "5", "2.5", '"x"', "'05'", '""', "true", "false", '"2026-11-23"', "1e3"]
PATTERNS = ['"abc"', "/a+/", r"/(?i)x|y\d/", "/[^/]+/"]
CLOCKS = ["now()", "queryStartTime()", "queryEndTime()", "queryTimeRange()"]


def joined(part: st.SearchStrategy[str], most: int = 3) -> st.SearchStrategy[str]:
    return st.lists(part, min_size=1, max_size=most).map(", ".join)


names = st.sampled_from(NAMES)
periods = st.sampled_from(PERIODS)
patterns = st.sampled_from(PATTERNS)
aliases = st.sampled_from(["x", "y", "`two words`", "@z"])


def _calls(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Calls of every function, with as many arguments as it takes."""
    functions = st.sampled_from(list(FUNCTIONS.values())).flatmap(
        lambda function: (
            st.lists(inner, min_size=function.at_least, max_size=min(function.at_most, 4)).map(
                lambda arguments: f"{function.name}({', '.join(arguments)})"
            )
            if function.at_least <= 4
            else st.just("1")
        )
    )
    return st.one_of(
        functions,
        st.builds("bin({})".format, periods),
        st.builds("datefloor({}, {})".format, inner, periods),
        st.builds("dateceil({}, {})".format, inner, periods),
        st.builds("formatDate({}, '%Y-%m-%d %H')".format, inner),
        st.builds("parseDate({}, 'yyyy-MM-dd')".format, inner),
        st.sampled_from(CLOCKS),
    )


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "/", "%", "^"])
    comparisons = st.sampled_from(["=", "==", "!=", "<", "<=", ">", ">="])
    return st.one_of(
        _calls(inner),
        st.builds("({} {} {})".format, inner, operators, inner),
        st.builds("({} {} {})".format, inner, comparisons, inner),
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("(not {})".format, inner),
        st.builds("-{}".format, inner),
        st.builds("({} like {})".format, inner, patterns),
        st.builds("({} not like {})".format, inner, patterns),
        st.builds("({} =~ {})".format, inner, patterns),
        st.builds("({} in [{}])".format, inner, joined(inner)),
        st.builds("jsonParse({}).a[0]".format, inner),
    )


expressions = st.recursive(names | st.sampled_from(LITERALS), _larger, max_leaves=8)
items = joined(expressions | st.builds("{} as {}".format, expressions, aliases))
fields = joined(names)

_plain_aggregates = st.builds(
    "{}({})".format, st.sampled_from([each.name for each in AGGREGATES.values()]), expressions
)
aggregates = st.one_of(
    st.sampled_from(["count(*)", "count()", "countOverTime(*)"]),
    _plain_aggregates,
    st.builds("pct({}, {})".format, expressions, st.integers(0, 100)),
    st.builds("median({})".format, expressions),
    st.builds("rate({}, {})".format, expressions, periods),
    st.builds("topk({}, {})".format, st.integers(1, 5), expressions),
    st.builds("histogram({}, {})".format, expressions, st.integers(1, 5)),
)
groups = st.one_of(expressions, st.builds("bin({})".format, periods), st.just("histogram(a, 10)"))
stats = st.builds(
    "stats {}{}".format,
    joined(aggregates | st.builds("{} as {}".format, aggregates, aliases)),
    st.just("") | st.builds(" by {}".format, joined(groups)),
)

GLOBS = ['"*"', "'a * b' as", '"[*] *"']
parses = st.sampled_from(
    [
        "parse @message 'x * y' as p",
        "parse '[*] *' as p, q",
        r"parse b /(?<p>\w)(?<q>x)?/",
        r"parse @message /(\d+)/ as p multi",
        "parse @message logfmt as m",
        "parse @message csv as p, q, r",
        "parse @message xml '/a/b' as p",
        'json field=@message "a.b" as p',
    ]
)
COMMANDS = {
    "fields": st.builds("fields {}".format, items),
    "display": st.builds("display {}".format, items),
    "filter": st.builds("filter {}".format, expressions),
    "where": st.builds("where {}".format, expressions),
    "filterIndex": st.builds("filterIndex {} = 'x'".format, names),
    "unmask": st.builds("unmask {}".format, names),
    "json": st.just('json field=@message "a.b" as p'),
    "sort": st.builds("sort {} desc".format, joined(expressions)),
    "order": st.builds("order by {}".format, expressions),
    "limit": st.builds("limit {}".format, st.integers(1, 100_000)),
    "dedup": st.builds("dedup {}".format, fields),
    "estimate": st.just("estimate"),
    "stats": stats,
    "countFrequent": st.builds("countFrequent {}".format, fields),
    "parse": parses,
    "accum": st.builds("accum {} as total".format, names),
    "autoregress": st.builds("autoregress {} p=1-3".format, names),
    "filldown": st.sampled_from(["filldown", "filldown a b*", "filldown *"]),
    "fillmissing": st.just("stats count(*) as n by bin(5m) | fillmissing with 0 for n"),
    "sessionize": st.builds("sessionize {} maxspan 1h".format, fields),
    "addtotals": st.sampled_from(["addtotals", "addtotals col=true", "addtotals fieldname=s a, b"]),
    "outlier": st.sampled_from(["outlier a", "outlier action=remove uselower=true mark=true a b"]),
    "pattern": st.builds("pattern {}".format, names),
    "diff": st.just("pattern @message | diff previousDay"),
    "logcompare": st.just("logcompare timeshift 7d"),
    "anomaly": st.just("pattern @message | anomaly"),
    "relevantfields": st.builds("relevantfields where {}".format, expressions),
    "join": st.builds(
        "join type={} left=l right=r where l.a = r.b (SOURCE app | filter {})".format,
        st.sampled_from(["inner", "left"]),
        expressions,
    ),
    "lookup": st.sampled_from(["lookup t k as a OUTPUT v", "lookup t k as b OUTPUTNEW v as a"]),
    "cidrlookup": st.just("cidrlookup t a as cidr OUTPUT v"),
    "appendcols": st.builds("appendcols (SOURCE app | {})".format, stats),
    "unnest": st.builds("unnest {} into u".format, names),
    "expand": st.builds("expand {}".format, names),
    "SOURCE": st.just("fields a"),
}
subqueries = st.builds("filter a in (SOURCE app | fields {})".format, expressions)
sources = st.sampled_from(
    ["", "SOURCE app | ", "SOURCE logGroups(namePrefix: ['a']) | ", "SOURCE 'app' START=-1h | "]
)
queries = st.builds(
    lambda source, commands: source + " | ".join(commands),
    sources,
    st.lists(st.one_of(*COMMANDS.values(), subqueries), min_size=1, max_size=4),
)
