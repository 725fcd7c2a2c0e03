"""The API's SQL statements, and the JSON of the rows that they return.

PostgreSQL keeps each todo's JSON in a column that it generates; elsewhere JSON is made of the
others. So a row is the id and the JSON, or all that a todo has.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    bindparam,
    delete,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.dml import ReturningDelete, ReturningInsert, ReturningUpdate

from ..models.todo import Todo

__all__ = ["delete_one", "document", "insert_one", "select_one", "select_page", "update_one"]

_table = Todo.__table__
_t = _table.alias("t")  # a short name: the statement is in a log line for each request
_names = tuple(_table.columns.keys())


def document(row: Sequence[Any]) -> str:
    """The todo of a row as the API shows it."""
    if len(row) == 2:
        return str(row[1])
    return orjson.dumps(dict(zip(_names, row, strict=True))).decode()


def select_page(
    dialect: Dialect, *, by_completed: bool, by_window: bool, after_cursor: bool
) -> Select[Any]:
    """The newest `rows` todos: with this `completed`, a deadline up to `deadline`, an id below
    `cursor`.
    """
    return _select_page(by_completed, by_window, after_cursor, _keeps_json(dialect))


def select_one(dialect: Dialect) -> Select[Any]:
    """The todo with this `id`."""
    return _select_one(_keeps_json(dialect))


def insert_one(dialect: Dialect) -> ReturningInsert[Any]:
    """A new todo, which is returned."""
    return insert(_table).returning(*_shown("todos", _keeps_json(dialect)))


def update_one(dialect: Dialect, changes: dict[str, Any]) -> ReturningUpdate[Any]:
    """Changes the todo with the id `todo_id`, since `id` is for SET here, and returns it."""
    changed = update(_table).where(_table.c.id == bindparam("todo_id")).values(changes)
    return changed.returning(*_shown("todos", _keeps_json(dialect)))


def delete_one(dialect: Dialect) -> ReturningDelete[Any]:
    """Deletes the todo with this `id`, and returns it."""
    gone = delete(_table).where(_table.c.id == bindparam("id"))
    return gone.returning(*_shown("todos", _keeps_json(dialect)))


def _keeps_json(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"


def _shown(name: str, keeps_json: bool) -> Iterable[ColumnElement[Any]]:
    columns = _t.c if name == "t" else _table.c
    return [columns.id, literal_column(f"{name}.as_json", Text)] if keeps_json else columns


@cache
def _select_page(
    by_completed: bool, by_window: bool, after_cursor: bool, keeps_json: bool
) -> Select[Any]:
    statement = select(*_shown("t", keeps_json)).order_by(_t.c.id.desc()).limit(bindparam("rows"))
    if by_completed:
        statement = statement.where(_t.c.completed == bindparam("completed"))
    if by_window:
        statement = statement.where(_t.c.deadline_at <= bindparam("deadline"))
    if after_cursor:
        statement = statement.where(_t.c.id < bindparam("cursor"))
    return statement


@cache
def _select_one(keeps_json: bool) -> Select[Any]:
    return select(*_shown("t", keeps_json)).where(_t.c.id == bindparam("id"))
