"""The parts of a query as values: what `parsing.parse` gives, what the engines read.

Every part knows `at`, the position of its text, for error messages; two parts are equal whatever
theirs.
"""

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
    """A function call; the name is in lower case."""

    name: str
    arguments: tuple["Expression", ...]
    star: bool = False


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
    """A test for equality with one of several values."""

    subject: "Expression"
    options: tuple["Expression", ...]
    negated: bool = False


Expression = Number | String | Duration | Field | Call | Minus | Not | Binary | Like | In


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
class Fields(Part):
    """Add columns to the results, named expressions too."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class Display(Part):
    """Show exactly these columns."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class Filter(Part):
    """Keep the events for which the condition holds."""

    condition: Expression


@dataclass(frozen=True)
class Stats(Part):
    """Aggregate, by group when there are groups."""

    aggregates: tuple[Item, ...]
    groups: tuple[Item, ...] = ()


@dataclass(frozen=True)
class SortKey(Part):
    """One key of an order."""

    expression: Expression
    descending: bool = False


@dataclass(frozen=True)
class Sort(Part):
    """Order the rows."""

    keys: tuple[SortKey, ...]


MAX_LIMIT = 100_000  # rows; AWS, "Logs Insights query limits", read 2026-11


@dataclass(frozen=True)
class Limit(Part):
    """Return at most so many rows."""

    count: int
    any_rows: bool = False


@dataclass(frozen=True)
class Parse(Part):
    """Cut new fields out of a field (`@message` if none is named) by a glob with names, or by a
    regex.
    """

    source: Field | None
    pattern: String | Regex
    names: tuple[str, ...]


@dataclass(frozen=True)
class Dedup(Part):
    """Keep the first row of each combination of values."""

    fields: tuple[Field, ...]


Command = Fields | Display | Filter | Stats | Sort | Limit | Parse | Dedup


@dataclass(frozen=True)
class Query(Part):
    """A whole query: its commands in order, and the text that they came from."""

    commands: tuple[Command, ...]
    text: str = field(default="", compare=False)
