"""The functions of Logs Insights QL but for the aggregates: name, number of arguments, SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from .addresses import is_in_subnet, is_valid
from .values import Kind, Value, number, text, time, truth

Build = Callable[..., Value]
_MANY = 100


@dataclass(frozen=True)
class Function:
    """How many arguments a function takes, and what makes its SQL of theirs."""

    at_least: int
    at_most: int
    build: Build


def _number(sql: str) -> Value:
    return Value(f"finite(({sql})::DOUBLE)", Kind.NUMBER)


def _text(sql: str) -> Value:
    return Value(sql, Kind.TEXT)


def _truth(sql: str) -> Value:
    return Value(f"coalesce({sql}, false)", Kind.TRUTH)


def _numbers(name: str) -> Build:
    return lambda *arguments: _number(f"{name}({', '.join(map(number, arguments))})")


def _texts(name: str) -> Build:
    return lambda *arguments: _text(f"{name}({', '.join(map(text, arguments))})")


def _text_test(name: str) -> Build:
    return lambda *arguments: _truth(f"{name}({', '.join(map(text, arguments))})")


def _round(value: Value, digits: Value | None = None) -> Value:
    places = f", {number(digits)}::INTEGER" if digits else ""
    return _number(f"round({number(value)}{places})")


def _is_empty(value: Value) -> Value:
    return Value(f"coalesce({text(value)} = '', true)", Kind.TRUTH)


def _is_blank(value: Value) -> Value:
    return Value(f"coalesce(regexp_full_match({text(value)}, '\\s*'), true)", Kind.TRUTH)


def same_kind(branches: list[Value]) -> list[Value]:
    """The values brought to one kind: their own if they share it, else text."""
    kinds = {branch.kind for branch in branches}
    return branches if len(kinds) == 1 else [_text(text(branch)) for branch in branches]


def _coalesce(*arguments: Value) -> Value:
    alike = same_kind(list(arguments))
    return Value(f"coalesce({', '.join(argument.sql for argument in alike)})", alike[0].kind)


def _if(condition: Value, yes: Value, no: Value) -> Value:
    return _case(condition, yes, no)


def _case(*arguments: Value) -> Value:
    pairs, default = list(arguments), None
    if len(pairs) % 2:
        default = pairs.pop()
    results = same_kind([*pairs[1::2], *([default] if default else [])])
    branches = zip(pairs[::2], results, strict=False)
    written = " ".join(
        f"WHEN {truth(condition)} THEN {result.sql}" for condition, result in branches
    )
    otherwise = f" ELSE {results[-1].sql}" if default else ""
    return Value(f"CASE {written}{otherwise} END", results[0].kind)


def _substr(value: Value, start: Value, length: Value | None = None) -> Value:
    count = f", {number(length)}::BIGINT" if length else ""
    return _text(f"substring({text(value)}, greatest({number(start)}, 0)::BIGINT + 1{count})")


def _contains(value: Value, part: Value, ignore_case: Value | None = None) -> Value:
    exact = f"contains({text(value)}, {text(part)})"
    if ignore_case is None:
        return _truth(exact)
    loose = f"contains(lower({text(value)}), lower({text(part)}))"
    return _truth(f"CASE WHEN {truth(ignore_case)} THEN {loose} ELSE {exact} END")


def _replace_pattern(value: Value, pattern: Value, replacement: Value) -> Value:
    return _text(f"regexp_replace({text(value)}, {text(pattern)}, {text(replacement)}, 'g')")


def _split(value: Value, separator: Value) -> Value:
    return Value(f"to_json(string_split({text(value)}, {text(separator)}))", Kind.STRUCTURE)


def _parse_json(value: Value) -> Value:
    parsed = f"TRY(CAST({text(value)} AS JSON))"
    return Value(
        f"CASE WHEN json_type({parsed}) IN ('OBJECT', 'ARRAY') THEN {parsed} END", Kind.STRUCTURE
    )


def _write_json(value: Value) -> Value:
    return _text(
        f"({value.sql})::VARCHAR"
        if value.kind is Kind.STRUCTURE
        else f"to_json({text(value)})::VARCHAR"
    )


def _structure(value: Value) -> str:
    return value.sql if value.kind is Kind.STRUCTURE else _parse_json(value).sql


def _array_size(value: Value) -> Value:
    array = _structure(value)
    return _number(f"CASE WHEN json_type({array}) = 'ARRAY' THEN json_array_length({array}) END")


def _array_contains(value: Value, wanted: Value) -> Value:
    return _truth(
        f"list_contains(json_extract_string({_structure(value)}, '$[*]'), {text(wanted)})"
    )


def _from_millis(value: Value) -> Value:
    return Value(time(Value(number(value), Kind.NUMBER)), Kind.TIME)


def _to_millis(value: Value) -> Value:
    return _number(f"epoch_ms({time(value)})")


def _is_numeric(value: Value) -> Value:
    return Value(f"({number(value)}) IS NOT NULL", Kind.TRUTH)


def _whole(value: Value) -> Value:
    return _number(f"trunc({number(value)})")


def _power(base: Value, exponent: Value) -> Value:
    return _number(f"TRY(pow({number(base)}, {number(exponent)}))")


def _root(name: str) -> Build:
    return lambda value: _number(f"TRY({name}({number(value)}))")


def arithmetic(operator: str, left: Value, right: Value) -> Value:
    """The result of + - * / % ^; null with anything that is not a number and on division by zero."""
    if operator == "^":
        return _power(left, right)
    return _number(f"({number(left)}) {operator} ({number(right)})")


FUNCTIONS = {
    "abs": Function(1, 1, _numbers("abs")),
    "ceil": Function(1, 1, _numbers("ceil")),
    "floor": Function(1, 1, _numbers("floor")),
    "round": Function(1, 2, _round),
    "greatest": Function(1, _MANY, _numbers("greatest")),
    "least": Function(1, _MANY, _numbers("least")),
    "log": Function(1, 1, _root("ln")),
    "ln": Function(1, 1, _root("ln")),
    "sqrt": Function(1, 1, _root("sqrt")),
    "ispresent": Function(1, 1, lambda value: Value(f"({value.sql}) IS NOT NULL", Kind.TRUTH)),
    "coalesce": Function(1, _MANY, _coalesce),
    "if": Function(3, 3, _if),
    "case": Function(2, 21, _case),
    "isnumeric": Function(1, 1, _is_numeric),
    "tonumber": Function(1, 1, lambda value: Value(number(value), Kind.NUMBER)),
    "todouble": Function(1, 1, lambda value: Value(number(value), Kind.NUMBER)),
    "toint": Function(1, 1, _whole),
    "tolong": Function(1, 1, _whole),
    "messagesize": Function(1, 1, lambda value: _number(f"strlen({text(value)})")),
    "isempty": Function(1, 1, _is_empty),
    "isblank": Function(1, 1, _is_blank),
    "concat": Function(1, _MANY, _texts("concat")),
    "trim": Function(1, 2, _texts("trim")),
    "ltrim": Function(1, 2, _texts("ltrim")),
    "rtrim": Function(1, 2, _texts("rtrim")),
    "strlen": Function(1, 1, lambda value: _number(f"length({text(value)})")),
    "toupper": Function(1, 1, _texts("upper")),
    "tolower": Function(1, 1, _texts("lower")),
    "substr": Function(2, 3, _substr),
    "replace": Function(3, 3, _texts("replace")),
    "regexreplace": Function(3, 3, _replace_pattern),
    "strcontains": Function(2, 3, _contains),
    "startswith": Function(2, 2, _text_test("starts_with")),
    "endswith": Function(2, 2, _text_test("ends_with")),
    "split": Function(2, 2, _split),
    "urldecode": Function(1, 1, _texts("url_decode")),
    "base64decode": Function(1, 1, lambda value: _text(f"TRY(decode(from_base64({text(value)})))")),
    "jsonparse": Function(1, 1, _parse_json),
    "jsonstringify": Function(1, 1, _write_json),
    "jsonarraysize": Function(1, 1, _array_size),
    "jsonarraycontains": Function(2, 2, _array_contains),
    "isvalidip": Function(1, 1, partial(is_valid, "ip")),
    "isvalidipv4": Function(1, 1, partial(is_valid, "ipv4")),
    "isvalidipv6": Function(1, 1, partial(is_valid, "ipv6")),
    "isipinsubnet": Function(2, 2, partial(is_in_subnet, "ip")),
    "isipv4insubnet": Function(2, 2, partial(is_in_subnet, "ipv4")),
    "isipv6insubnet": Function(2, 2, partial(is_in_subnet, "ipv6")),
    "frommillis": Function(1, 1, _from_millis),
    "tomillis": Function(1, 1, _to_millis),
}
