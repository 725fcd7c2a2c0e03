"""The todos over HTTP. Each call is one SQL statement, so each is atomic."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from flask import Blueprint, Response
from sqlalchemy import Row, Select, bindparam, delete, insert, select, update
from werkzeug.exceptions import NotFound

from ..database import reading, writing
from ..models.todo import MAX_ID, Todo
from .bodies import json_response, parse_body, parse_query
from .openapi import Operation, describe
from .pagination import next_page_link
from .schemas import Nothing, TodoChange, TodoFilter, TodoIn, TodoOut

__all__ = ["blueprint"]

blueprint = Blueprint("todos", __name__, url_prefix="/api/v1/todos")

_table = Todo.__table__
_column_names = tuple(_table.columns.keys())
_t = _table.alias("t")  # a short name: the statement is in a log line for each request
_select_one = select(_t).where(_t.c.id == bindparam("id"))
_insert_one = insert(_table).returning(*_table.c)
_update_one = (
    update(_table).where(_table.c.id == bindparam("todo_id")).returning(*_table.c)
)  # `id` is for SET here
_delete_one = delete(_table).where(_table.c.id == bindparam("id")).returning(*_table.c)

_ONE = "/<int:id>"


@blueprint.url_value_preprocessor
def refuse_impossible_ids(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """A 404 for an id that no todo can have, before the database would refuse the number."""
    if values and values["id"] > MAX_ID:
        raise NotFound


@blueprint.get("")
@describe(
    Operation(
        "List todos, newest first", list[TodoOut], query=TodoFilter, header="Link", problems=(503,)
    )
)
def list_todos() -> Response:
    """A page of todos as an array. The next page, if there is one, is in the Link header."""
    wanted = parse_query(TodoFilter)
    statement = _select_page(
        wanted.completed is not None, wanted.window is not None, wanted.cursor is not None
    )
    parameters = {
        "completed": wanted.completed,
        "deadline": datetime.now(UTC).replace(tzinfo=None) + timedelta(days=wanted.window or 0),
        "cursor": wanted.cursor,
        "rows": wanted.limit
        + 1,  # one more than the page holds, to see whether there is a next one
    }
    with reading() as connection:
        rows = connection.execute(statement, parameters).all()
    todos = [_as_dict(row) for row in rows[: wanted.limit]]
    headers = {"Link": next_page_link(todos[-1]["id"])} if len(rows) > wanted.limit else None
    return json_response(todos, headers=headers)


@blueprint.get(_ONE)
@describe(Operation("Get a todo", TodoOut, problems=(404, 503)))
def get_todo(id: int) -> Response:
    """The todo, or a 404."""
    with reading() as connection:
        row = connection.execute(_select_one, {"id": id}).one_or_none()
    return json_response(_found(row, id))


@blueprint.post("")
@describe(
    Operation("Create a todo", TodoOut, 201, body=TodoIn, header="Location", problems=(503, 507))
)
def create_todo() -> Response:
    """The new todo, with its URL in the Location header."""
    values = parse_body(TodoIn).model_dump()
    with writing() as connection:
        row = connection.execute(_insert_one, values).one()
    return json_response(_as_dict(row), 201, {"Location": f"{blueprint.url_prefix}/{row.id}"})


@blueprint.route(_ONE, methods=["PUT", "PATCH"])
@describe(Operation("Change a todo", TodoOut, body=TodoChange, problems=(404, 503, 507)))
def change_todo(id: int) -> Response:
    """The todo after the change, or a 404. The fields that are given change, the others stay."""
    changes = parse_body(TodoChange).model_dump(exclude_unset=True)
    if not changes:
        return get_todo(id)
    with writing() as connection:
        row = connection.execute(_update_one.values(changes), {"todo_id": id}).one_or_none()
    return json_response(_found(row, id))


@blueprint.delete(_ONE)
@describe(Operation("Delete a todo", TodoOut | Nothing, problems=(404, 503, 507)))
def delete_todo(id: int) -> Response:
    """The todo that was deleted, or an empty object when there was none. Beyond the largest id, a
    404.
    """
    with writing() as connection:
        row = connection.execute(_delete_one, {"id": id}).one_or_none()
    return json_response(_as_dict(row) if row else {})


@cache
def _select_page(by_completed: bool, by_window: bool, after_cursor: bool) -> Select[Any]:
    statement = select(_t).order_by(_t.c.id.desc()).limit(bindparam("rows"))
    if by_completed:
        statement = statement.where(_t.c.completed == bindparam("completed"))
    if by_window:
        statement = statement.where(_t.c.deadline_at <= bindparam("deadline"))
    if after_cursor:
        statement = statement.where(_t.c.id < bindparam("cursor"))
    return statement


def _as_dict(row: Row[Any]) -> dict[str, Any]:
    return dict(zip(_column_names, row, strict=True))


def _found(row: Row[Any] | None, todo_id: int) -> dict[str, Any]:
    if row is None:
        raise NotFound(f"There is no todo {todo_id}.")
    return _as_dict(row)
