"""The parts of a query as values: what `parse` gives, what the engine reads.

Every part knows `at`, the position of its text, for error messages; two parts are equal whatever
theirs. The commands are in `commands`, beside what reads them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Part:
    """Any part of a query."""

    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Number(Part):
    """A number as it was written."""

    text: str


@dataclass(frozen=True)
class String(Part):
    """A quoted text, without its quotes and escapes."""

    value: str


@dataclass(frozen=True)
class Boolean(Part):
    """`true` or `false`, as a bare word."""

    value: bool


@dataclass(frozen=True)
class Regex(Part):
    """A pattern between slashes."""

    pattern: str


@dataclass(frozen=True)
class Duration(Part):
    """A length of time: a count and a unit from `durations.UNITS`."""

    count: int
    unit: str


@dataclass(frozen=True)
class Field(Part):
    """A field: names are joined by dots, integers are positions in a list (`a.b[0]`)."""

    path: tuple[str | int, ...]

    @property
    def name(self) -> str:
        """The name as results show it: without back-ticks."""
        first, *rest = self.path
        return str(first) + "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest
        )


@dataclass(frozen=True)
class Call(Part):
    """A function call; the name is in lower case and without underscores."""

    name: str
    arguments: tuple["Expression", ...]
    star: bool = False
    written: str = field(default="", compare=False)


@dataclass(frozen=True)
class Access(Part):
    """A value inside the list or map that an expression gives: `jsonParse(x).a[0]`."""

    owner: "Expression"
    path: tuple[str | int, ...]


@dataclass(frozen=True)
class Minus(Part):
    """A value with its sign changed."""

    operand: "Expression"


@dataclass(frozen=True)
class Not(Part):
    """A condition turned around."""

    operand: "Expression"


@dataclass(frozen=True)
class Binary(Part):
    """An operator between two values: and, or, a comparison or arithmetic."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Like(Part):
    """A search for a substring or a pattern."""

    subject: "Expression"
    pattern: String | Regex
    negated: bool = False


@dataclass(frozen=True)
class In(Part):
    """A test for equality with one of several values, or of those that a query gives."""

    subject: "Expression"
    options: "tuple[Expression, ...] | Query"
    negated: bool = False


Expression = (
    Number | String | Boolean | Duration | Field | Call | Access | Minus | Not | Binary | Like | In
)


@dataclass(frozen=True)
class Item(Part):
    """An expression with the name of its column: the alias, else the text as written."""

    expression: Expression
    alias: str | None
    text: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        """The name of the column in the results."""
        if self.alias is not None:
            return self.alias
        return self.expression.name if isinstance(self.expression, Field) else self.text


@dataclass(frozen=True)
class Command(Part):
    """Any command of a query."""


@dataclass(frozen=True)
class Query(Part):
    """A whole query: its commands in order, and the text that they came from."""

    commands: tuple[Command, ...]
    text: str = field(default="", compare=False)


def children(part: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside one."""
    match part:
        case Call(_, arguments):
            return arguments
        case Access(owner):
            return (owner,)
        case Minus(operand) | Not(operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Like(subject):
            return (subject,)
        case In(subject, options):
            return (subject, *(options if isinstance(options, tuple) else ()))
    return ()


def walk(
    part: Expression, enter: Callable[[Expression], bool] = lambda _: True
) -> Iterator[Expression]:
    """The expression and all inside it, from left to right; not what is inside those that `enter`
    turns down. Long chains are no recursion.
    """
    waiting = [part]
    while waiting:
        current = waiting.pop()
        yield current
        if enter(current):
            waiting += reversed(children(current))
