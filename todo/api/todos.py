"""The todos over HTTP. Each call is one SQL statement, so each is atomic."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from ..database import Reader, reader, writing
from . import statements
from .bodies import json_response, parse_body, response_of, tagged_answer
from .kept_lists import LISTS, kept_or_read, list_answer
from .operation import Operation, describe
from .page_cache import Page, etag_of
from .query import wanted_by
from .schemas import Nothing, TodoChange, TodoFilter, TodoIn, TodoOut
from .statements import document

__all__ = ["blueprint"]

blueprint = Blueprint("todos", __name__, url_prefix=LISTS)

_ONE = "/<int:id>"


@blueprint.get("")
@describe(
    Operation(
        "List todos, newest first",
        list[TodoOut],
        query=TodoFilter,
        header="Link",
        is_tagged=True,
        problems=(503,),
    )
)
def list_todos() -> Response:
    """A page of todos as an array. The next page, if there is one, is in the Link header."""
    wanted = wanted_by(request.environ.get("QUERY_STRING", ""))
    page = kept_or_read(wanted, lambda todos: _read_page(todos, wanted))
    return response_of(list_answer(request.environ, page))


@blueprint.get(_ONE)
@describe(Operation("Get a todo", TodoOut, is_tagged=True, problems=(404, 503)))
def get_todo(id: int) -> Response:
    """The todo, or a 404."""
    with reader() as todos:
        rows = todos.rows(statements.select_one(todos.dialect), {"id": id})
    body = _found(rows, id)
    return response_of(tagged_answer(request.environ, body, etag_of(body), {}))


@blueprint.post("")
@describe(
    Operation("Create a todo", TodoOut, 201, body=TodoIn, header="Location", problems=(503, 507))
)
def create_todo() -> Response:
    """The new todo, with its URL in the Location header."""
    values = parse_body(TodoIn).model_dump()
    with writing() as connection:
        row = connection.execute(statements.insert_one(connection.dialect), values).one()
    return json_response(document(row), 201, {"Location": f"{blueprint.url_prefix}/{row[0]}"})


@blueprint.route(_ONE, methods=["PUT", "PATCH"])
@describe(Operation("Change a todo", TodoOut, body=TodoChange, problems=(404, 503, 507)))
def change_todo(id: int) -> Response:
    """The todo after the change, or a 404. The fields that are given change, the others stay."""
    changes = parse_body(TodoChange).model_dump(exclude_unset=True)
    if not changes:
        with reader(may_lag=False) as todos:
            rows = todos.rows(statements.select_one(todos.dialect), {"id": id})
    else:
        with writing() as connection:
            rows = connection.execute(
                statements.update_one(connection.dialect, changes), {"todo_id": id}
            ).all()
    return json_response(_found(rows, id))


@blueprint.delete(_ONE)
@describe(Operation("Delete a todo", TodoOut | Nothing, problems=(404, 503, 507)))
def delete_todo(id: int) -> Response:
    """The todo that was deleted, or an empty object when there was none. Beyond the largest id, a
    404.
    """
    with writing() as connection:
        row = connection.execute(
            statements.delete_one(connection.dialect), {"id": id}
        ).one_or_none()
    return json_response(document(row) if row else "{}")


def _read_page(todos: Reader, wanted: TodoFilter) -> Page:
    statement = statements.select_page(
        todos.dialect,
        by_completed=wanted.completed is not None,
        by_window=wanted.window is not None,
        after_cursor=wanted.cursor is not None,
    )
    parameters = {
        "completed": wanted.completed,
        "deadline": datetime.now(UTC).replace(tzinfo=None) + timedelta(days=wanted.window or 0),
        "cursor": wanted.cursor,
        # One more than the page holds, to see whether there is a next one.
        "rows": wanted.limit + 1,
    }
    rows = todos.rows(statement, parameters)
    on_page = rows[: wanted.limit]
    body = f"[{','.join(map(document, on_page))}]".encode()
    return Page(body, etag_of(body), on_page[-1][0] if len(rows) > wanted.limit else None)


def _found(rows: Sequence[Sequence[Any]], todo_id: int) -> bytes:
    if not rows:
        raise NotFound(f"There is no todo {todo_id}.")
    return document(rows[0]).encode()
