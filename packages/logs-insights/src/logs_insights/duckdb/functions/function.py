"""What the table of functions knows of each, and the small builders that most of them need."""

from collections.abc import Callable
from dataclasses import dataclass

from ..values import Cast, Kind, Value

Build = Callable[..., Value]
MANY = 100


@dataclass(frozen=True)
class Function:
    """How a function is called in the documentation, how many arguments it takes, and what makes
    its SQL: it is called with a Cast and the arguments.
    """

    name: str
    at_least: int
    at_most: int
    build: Build


def number_of(sql: str) -> Value:
    """SQL that yields a number."""
    return Value(f"({sql})::DOUBLE", Kind.NUMBER)


def text_of(sql: str) -> Value:
    """SQL that yields a text."""
    return Value(sql, Kind.TEXT)


def truth_of(sql: str) -> Value:
    """SQL that yields true, false, or null, which is false."""
    return Value(f"coalesce({sql}, false)", Kind.TRUTH)


def numbers(name: str) -> Build:
    """A function of DuckDB from numbers to a number."""

    def build(cast: Cast, *arguments: Value) -> Value:
        return number_of(f"{name}({', '.join(map(cast.number, arguments))})")

    return build


def tried_numbers(name: str) -> Build:
    """The same, null where DuckDB would fail: outside its domain."""

    def build(cast: Cast, *arguments: Value) -> Value:
        return number_of(f"TRY({name}({', '.join(map(cast.number, arguments))}))")

    return build


def texts(name: str) -> Build:
    """A function of DuckDB from texts to a text."""

    def build(cast: Cast, *arguments: Value) -> Value:
        return text_of(f"{name}({', '.join(map(cast.text, arguments))})")

    return build


def text_test(name: str) -> Build:
    """A function of DuckDB that tests texts."""

    def build(cast: Cast, *arguments: Value) -> Value:
        return truth_of(f"{name}({', '.join(map(cast.text, arguments))})")

    return build


def same_kind(cast: Cast, branches: list[Value]) -> list[Value]:
    """The values brought to one kind: their own if they share it, else text."""
    kinds = {branch.kind for branch in branches}
    return branches if len(kinds) == 1 else [text_of(cast.text(branch)) for branch in branches]
