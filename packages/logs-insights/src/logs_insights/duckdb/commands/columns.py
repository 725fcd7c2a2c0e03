"""fields, display, unmask and json: columns that are added or shown."""

from ...language import syntax
from ...language.commands.columns import Display, Fields, JsonField
from ..pipeline import Compilers, Pipeline
from ..scope import inside
from ..values import Kind, Value


def _fields(pipeline: Pipeline, command: Fields) -> None:
    pipeline.added += _compute(pipeline, command.items)


def _display(pipeline: Pipeline, command: Display) -> None:
    pipeline.shown = _compute(pipeline, command.items)


def _compute(pipeline: Pipeline, items: tuple[syntax.Item, ...]) -> list[str]:
    """Add columns for the items that are more than a field's name; the names of all of them."""
    values = [(item, pipeline.of.value(item.expression)) for item in items]
    for item, value in values:
        if _is_computed(item, value):
            pipeline.define(item.name, value)
    return [item.name for item, _ in values]


def _is_computed(item: syntax.Item, value: Value) -> bool:
    """Whether the column is more than a field that can be asked for by its name at any time."""
    is_field = item.alias is None and isinstance(item.expression, syntax.Field)
    return not is_field or value.kind is Kind.STRUCTURE or "[" in item.name


def _json(pipeline: Pipeline, command: JsonField) -> None:
    """Values inside a field that is a map or a list, or a text that says one."""
    source = pipeline.cast.structure(pipeline.of.value(command.source))
    owner = pipeline.cast.column(Value(source, Kind.STRUCTURE))
    for path, name in command.picks:
        pipeline.define(name, inside(owner, path))


COMPILERS: Compilers = {Fields: _fields, Display: _display, JsonField: _json}
