"""FastAPI, and Starlette alone, on asyncpg: rows straight to orjson, as fast as one writes it."""

import os
from contextlib import asynccontextmanager
from typing import Annotated, Any

import asyncpg  # type: ignore[import-not-found]  # in var/bench-peers
import orjson
from fastapi import FastAPI, Query, Response  # type: ignore[import-not-found]  # as above
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response as StarletteResponse
from starlette.routing import Route

from .json_lines import AsgiLog

__all__ = ["fastapi", "starlette"]

COLUMNS = "id, title, description, completed, deadline_at, created_at, updated_at"
ONE = f"SELECT {COLUMNS} FROM todos WHERE id = $1"
PAGE = f"SELECT {COLUMNS} FROM todos ORDER BY id DESC LIMIT $1"
POOL_SIZE = 4


@asynccontextmanager
async def _pool(app: Any) -> Any:
    uri = os.environ["SQLALCHEMY_DATABASE_URI"]
    async with asyncpg.create_pool(uri, min_size=POOL_SIZE, max_size=POOL_SIZE) as pool:
        app.state.pool = pool
        yield


def fastapi() -> Any:
    """With FastAPI."""
    app = FastAPI(lifespan=_pool)

    @app.get("/api/v1/todos/{todo_id}")
    async def get_todo(todo_id: int) -> Response:
        row = await app.state.pool.fetchrow(ONE, todo_id)
        return Response(orjson.dumps(dict(row)), media_type="application/json")

    @app.get("/api/v1/todos")
    async def list_todos(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Response:
        rows = await app.state.pool.fetch(PAGE, limit)
        return Response(orjson.dumps([dict(row) for row in rows]), media_type="application/json")

    return AsgiLog(app)


def starlette() -> Any:
    """With Starlette alone."""

    async def get_todo(request: Request) -> StarletteResponse:
        row = await app.state.pool.fetchrow(ONE, request.path_params["todo_id"])
        return StarletteResponse(orjson.dumps(dict(row)), media_type="application/json")

    async def list_todos(request: Request) -> StarletteResponse:
        rows = await app.state.pool.fetch(PAGE, int(request.query_params.get("limit", 100)))
        body = orjson.dumps([dict(row) for row in rows])
        return StarletteResponse(body, media_type="application/json")

    routes = [
        Route("/api/v1/todos/{todo_id:int}", get_todo),
        Route("/api/v1/todos", list_todos),
    ]
    app = Starlette(routes=routes, lifespan=_pool)
    return AsgiLog(app)
