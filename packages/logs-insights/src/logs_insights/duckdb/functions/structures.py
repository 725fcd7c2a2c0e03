"""Functions of lists and maps."""

from ..values import Cast, Kind, Value
from .function import Function, number_of, text_of, truth_of


def _parse_json(cast: Cast, value: Value) -> Value:
    return Value(cast.structure(value), Kind.STRUCTURE)


def _write_json(cast: Cast, value: Value) -> Value:
    if value.kind is Kind.STRUCTURE:
        return text_of(f"({value.sql})::VARCHAR")
    return text_of(f"to_json({cast.text(value)})::VARCHAR")


def _array_size(cast: Cast, value: Value) -> Value:
    array = cast.column(Value(cast.structure(value), Kind.STRUCTURE)).sql
    return number_of(f"CASE WHEN json_type({array}) = 'ARRAY' THEN json_array_length({array}) END")


def _array_contains(cast: Cast, value: Value, wanted: Value) -> Value:
    elements = f"json_extract_string({cast.structure(value)}, '$[*]')"
    return truth_of(f"list_contains({elements}, {cast.text(wanted)})")


FUNCTIONS = (
    Function("jsonParse", 1, 1, _parse_json),
    Function("jsonStringify", 1, 1, _write_json),
    Function("jsonArraySize", 1, 1, _array_size),
    Function("jsonArrayContains", 2, 2, _array_contains),
)
