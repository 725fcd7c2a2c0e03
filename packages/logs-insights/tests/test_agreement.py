"""filter, stats and sort agree with a slow and obvious interpreter on random events."""

import json
import math
from collections.abc import Callable
from functools import cmp_to_key

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logs_insights import named_files, parse, run_local
from logs_insights.language import syntax
from logs_insights.results import written

FIELD_NAMES = ("a", "b", "n.x", "l.0")
WORDS = [
    "",
    " ",
    "5",
    "05",
    "5.0",
    " 7 ",
    "1e2",
    "nan",
    "inf",
    "abc",
    "abc10",
    "abc9",
    "ABC",
    "true",
    "{",
    "é",
    "-3",
]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-20, 20),
    st.sampled_from([0.5, 2.25, -7.75, 1e3]),
    st.sampled_from(WORDS),
)
events = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "a": scalars | st.lists(scalars, max_size=2),
            "b": scalars,
            "n": st.fixed_dictionaries({}, optional={"x": scalars}) | scalars,
            "l": st.lists(scalars, max_size=2),
        },
    ),
    max_size=12,
)

fields = st.sampled_from(FIELD_NAMES)
literals = st.sampled_from(["0", "5", "2.5", "100", "7"]) | st.sampled_from(WORDS).map(json.dumps)
values = st.recursive(
    fields | literals,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/%"), inner)
        | st.builds("(-{})".format, inner)
    ),
    max_leaves=3,
)
patterns = st.sampled_from(["abc", "^5", "c1?0", r"\s", "(?i)abc$"]).map("/{}/".format)
negations = st.sampled_from(["", "not "])
tests = st.one_of(
    st.builds(
        "{} {} {}".format, values, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), values
    ),
    st.builds(
        "{} {}like {}".format,
        values,
        negations,
        patterns | st.sampled_from(WORDS).map(json.dumps),
    ),
    st.builds(
        "{} {}in [{}]".format,
        values,
        negations,
        st.lists(literals, min_size=1, max_size=3).map(", ".join),
    ),
    st.builds("ispresent({})".format, fields),
    fields,
)
conditions = st.recursive(
    tests,
    lambda inner: (
        st.builds("(not {})".format, inner)
        | st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner)
    ),
    max_leaves=4,
)


def expression_of(text: str) -> syntax.Expression:
    """The expression that the text says."""
    return parse(f"fields {text}").commands[0].items[0].expression


class Interpreter:
    """Evaluates expressions over one flattened event, rule by rule."""

    def __init__(self, event: dict) -> None:
        self.fields = dict(flatten(event))

    def value(self, part: syntax.Expression):  # noqa: C901 - one case for each kind of expression, nothing else
        match part:
            case syntax.Number(text):
                return float(text)
            case syntax.String(text):
                return text
            case syntax.Field():
                return self.fields.get(part.name)
            case syntax.Minus(operand):
                return arithmetic("-", 0.0, self.value(operand))
            case syntax.Call("ispresent", (field,)):
                return self.value(field) is not None
            case syntax.Not(operand):
                return not truth(self.value(operand))
            case syntax.Like(subject, pattern, negated):
                return found(self.value(subject), pattern) != negated
            case syntax.In(subject, options, negated):
                return (
                    any(compare("=", self.value(subject), self.value(each)) for each in options)
                    != negated
                )
            case syntax.Binary("and", left, right):
                return truth(self.value(left)) and truth(self.value(right))
            case syntax.Binary("or", left, right):
                return truth(self.value(left)) or truth(self.value(right))
            case syntax.Binary(operator, left, right) if operator in COMPARISONS:
                return compare(operator, self.value(left), self.value(right))
            case syntax.Binary(operator, left, right):
                return arithmetic(operator, self.value(left), self.value(right))
        raise NotImplementedError(part)


def flatten(value, name: str = ""):
    """Names and texts of the leaves, as CloudWatch discovers them."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from flatten(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, bool):
        yield name, "1" if value else "0"
    elif value is not None:
        yield name, value if isinstance(value, str) else json.dumps(value)


def number(value) -> float | None:
    if value is None or "_" in str(value):
        return None
    try:
        result = float(value)
    except ValueError:
        return None
    return result if math.isfinite(result) else None


def text(value) -> str | None:
    return value if isinstance(value, str) else written(value)


def truth(value) -> bool:
    return number(value) not in (None, 0)


COMPARISONS: dict[str, Callable] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def compare(operator: str, left, right) -> bool:
    if left is None or right is None:
        return operator == "!="
    numbers = (number(left), number(right))
    if None in numbers and float in (type(left), type(right)):
        return operator == "!="
    if number(left) is not None and number(right) is not None:
        return COMPARISONS[operator](number(left), number(right))
    return COMPARISONS[operator](text(left), text(right))


def found(subject, pattern: syntax.String | syntax.Regex) -> bool:
    import re

    if subject is None:
        return False
    if isinstance(pattern, syntax.String):
        return pattern.value in text(subject)
    return re.search(pattern.pattern, text(subject)) is not None


def arithmetic(operator: str, left, right) -> float | None:
    left, right = number(left), number(right)
    if left is None or right is None or (operator in "/%" and right == 0):
        return None
    result = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
        "%": lambda: math.fmod(left, right),
    }[operator]()
    return result if math.isfinite(result) else None


def answer(query: str, file, given_events: list[dict]) -> list[dict[str, str]]:
    lines = (
        json.dumps({"timestamp": "2026-11-23T10:00:00Z", "i": i} | each)
        for i, each in enumerate(given_events)
    )
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return run_local(query, named_files([file])).records()


quick = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)


@quick
@given(events=events, condition=conditions)
def test_filter_keeps_the_events_that_the_interpreter_keeps(tmp_path, events, condition):
    query = f"filter {condition} | sort i asc"
    expected = expression_of(condition)

    kept = [row["i"] for row in answer(query + " | fields i", tmp_path / "events.ndjson", events)]

    assert kept == [
        str(i) for i, event in enumerate(events) if truth(Interpreter(event).value(expected))
    ]


@quick
@given(events=events, expression=values)
def test_an_expression_has_the_value_that_the_interpreter_finds(tmp_path, events, expression):
    query = f"fields {expression} as result"
    part = expression_of(expression)

    rows = answer(query + " | sort i asc | display result", tmp_path / "events.ndjson", events)

    assert [row.get("result") for row in rows] == [
        text(Interpreter(event).value(part)) for event in events
    ]


@quick
@given(events=events, measured=fields, group=fields)
def test_stats_are_those_that_the_interpreter_calculates(tmp_path, events, measured, group):
    query = (
        f"stats count(*) as n, count({measured}) as present, sum({measured}) as total,"
        f" avg({measured}) as mean, min({measured}) as least, max({measured}) as most,"
        f" pct({measured}, 50) as median, count_distinct({measured}) as kinds"
        f" by {group} as key"
    )

    rows = answer(query, tmp_path / "events.ndjson", events)

    assert sorted(rows, key=str) == sorted(expected_stats(events, measured, group), key=str)


def expected_stats(events: list[dict], measured: str, group: str) -> list[dict[str, str]]:
    groups: dict[str | None, list] = {}
    for event in events:
        interpreter = Interpreter(event)
        groups.setdefault(interpreter.value(expression_of(group)), []).append(
            interpreter.value(expression_of(measured))
        )
    return [_expected_row(key, found_values) for key, found_values in groups.items()]


def _expected_row(key: str | None, found_values: list) -> dict[str, str]:
    present = [value for value in found_values if value is not None]
    counted = [number(value) for value in present if number(value) is not None]
    row = {
        "key": key,
        "n": float(len(found_values)),
        "present": float(len(present)),
        "total": math.fsum(counted) if counted else None,
        "mean": math.fsum(counted) / len(counted) if counted else None,
        "least": min(counted or present, default=None),
        "most": max(counted or present, default=None),
        "median": median(counted),
        "kinds": float(len(set(present))),
    }
    return {name: written(value) for name, value in row.items() if value is not None}


def median(counted: list[float]) -> float | None:
    if not counted:
        return None
    ordered = sorted(counted)
    middle = (len(ordered) - 1) / 2
    low, high = ordered[math.floor(middle)], ordered[math.ceil(middle)]
    return low + (high - low) * (middle - math.floor(middle))


@quick
@given(events=events, descending=st.booleans())
def test_sort_has_texts_before_numbers_and_missing_values_last(tmp_path, events, descending):
    direction = "desc" if descending else "asc"

    rows = answer(
        f"fields b | sort b {direction}, i asc | display b", tmp_path / "events.ndjson", events
    )

    ordered = sorted(
        (Interpreter(event).value(syntax.Field(("b",))) for event in events), key=cmp_to_key(order)
    )
    present = [value for value in ordered if value is not None]
    wanted = (present[::-1] if descending else present) + [None] * (len(events) - len(present))
    assert [sort_class(row.get("b")) for row in rows] == [sort_class(value) for value in wanted]


def sort_class(value: str | None):
    """Two values that sort alike are one: 5 and 5.0."""
    return value if number(value) is None else number(value)


def order(left: str | None, right: str | None) -> int:
    keys = [sort_key(value) for value in (left, right)]
    return (keys[0] > keys[1]) - (keys[0] < keys[1])


def sort_key(value: str | None) -> tuple:
    import re

    if value is None:
        return (2,)
    if number(value) is not None:
        return (1, number(value))
    chunks = re.findall(r"[0-9]+|[^0-9]+", value)
    return (0, [f"{len(chunk):07d}{chunk}" if chunk[0].isdecimal() else chunk for chunk in chunks])
