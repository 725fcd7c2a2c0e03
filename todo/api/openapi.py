"""The OpenAPI 3.1 document, made from the models that validate the requests."""

import re
import types
import typing
from functools import cache
from importlib.metadata import version
from typing import Any

from flask import Blueprint, Flask, Response, current_app
from pydantic import BaseModel, TypeAdapter
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.routing import Rule

from .operation import Operation
from .schemas import Id, Problem

__all__ = ["blueprint"]

Json = dict[str, Any]

blueprint = Blueprint("openapi", __name__, url_prefix="/api/v1/openapi.json")

HAS_KEYS = "todo_api_keys"  # among the app's extensions, where a request needs a key

_DESCRIPTION = (
    "Todos, with a correlation ID for every request: send one as `X-Correlation-ID` or take the "
    "one that the answer brings, and find all that the request did in the logs by it."
)
_CORRELATION_ID: Json = {
    "in": "header",
    "name": "X-Correlation-ID",
    "required": False,
    "schema": {"type": "string", "examples": ["my-request-1"]},
    "description": "The ID under which this request is to be in the logs: 1 to 128 letters, "
    "digits, `.`, `_` or `-`. Without one, or with another, the server makes one.",
}
_IF_NONE_MATCH: Json = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag of an answer that the client has kept.",
}
_HEADERS = {
    "X-Correlation-ID": "The ID under which the request is in the logs.",
    "Link": 'The next page, as `<url>; rel="next"` (RFC 8288). Absent on the last one.',
    "Location": "The URL of the new todo.",
    "ETag": "Stands for this answer: send it as `If-None-Match` to learn whether it changed.",
}


@blueprint.get("")
def openapi_json() -> Response:
    """The document."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # of the proxy, not of Flask
    return Response(_document(app), content_type="application/json")


@cache
def _document(app: Flask) -> str:
    from openapi_pydantic import (
        OpenAPI,  # takes 0.2 s to import, which the start of a worker need not wait for
    )
    from openapi_pydantic.util import construct_open_api_with_schema_class

    paths: dict[str, Json] = {}
    for rule in app.url_map.iter_rules():
        operation = getattr(app.view_functions[rule.endpoint], "operation", None)
        if isinstance(operation, Operation):
            path = re.sub(r"<[^>]*?(\w+)>", r"{\1}", rule.rule)
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                paths.setdefault(path, {})[method.lower()] = _operation(operation, rule, method)
    info = {
        "title": "TaskOverflow",
        "version": version("taskoverflow"),
        "description": _DESCRIPTION,
    }
    described: Json = {"openapi": "3.1.0", "info": info, "paths": paths}
    if HAS_KEYS in app.extensions:
        described |= _with_keys(paths)
    document = OpenAPI.model_validate(described)
    return construct_open_api_with_schema_class(document).model_dump_json(
        by_alias=True, exclude_unset=True
    )


def _with_keys(paths: dict[str, Json]) -> Json:
    """The scheme, for the operations that need a key; health needs none."""
    for path, operations in paths.items():
        if "/health" not in path:
            for method, operation in operations.items():
                statuses = (401,) if method == "get" else (401, 403)
                operation["security"] = [{"key": []}]
                operation["responses"] |= {str(status): _problem(status) for status in statuses}
    scheme = {"type": "http", "scheme": "bearer", "description": "A key of `todo keys new`."}
    return {"components": {"securitySchemes": {"key": scheme}}}


def _operation(operation: Operation, rule: Rule, method: str) -> Json:
    path_parameters = [
        _parameter("path", name, TypeAdapter(Id).json_schema()) for name in rule.arguments
    ]
    result: Json = {
        "operationId": f"{method.lower()}_{rule.endpoint.replace('.', '_')}",
        "tags": [rule.endpoint.partition(".")[0]],
        "summary": operation.summary,
        "parameters": [
            *path_parameters,
            *_query_parameters(operation.query),
            _CORRELATION_ID,
            *([_IF_NONE_MATCH] if operation.is_tagged else []),
        ],
        "responses": {
            str(operation.status): _answer(
                "application/json", operation.answer, *operation.headers()
            ),
            **(_NOT_MODIFIED if operation.is_tagged else {}),
            **{str(status): _problem(status) for status in sorted(operation.problem_statuses())},
        },
    }
    if operation.body:
        content = {"application/json": {"schema": _schema(operation.body)}}
        result["requestBody"] = {"required": True, "content": content}
    return result


def _query_parameters(model: type[BaseModel] | None) -> list[Json]:
    if model is None:
        return []
    properties: dict[str, Json] = model.model_json_schema()["properties"]
    return [_parameter("query", name, _without_null(schema)) for name, schema in properties.items()]


def _parameter(place: str, name: str, schema: Json) -> Json:
    description = schema.pop("description", "")
    return {
        "in": place,
        "name": name,
        "required": place == "path",
        "schema": schema,
        "description": description,
    }


def _without_null(schema: Json) -> Json:
    """A parameter can be absent, but not null."""
    choices = [choice for choice in schema.pop("anyOf", []) if choice.get("type") != "null"]
    schema.pop("title", None)
    if schema.get("default", ...) is None:
        del schema["default"]
    return {**schema, **(choices[0] if choices else {})}


def _problem(status: int) -> Json:
    return _answer("application/problem+json", Problem) | {"description": HTTP_STATUS_CODES[status]}


def _answer(content_type: str, answer: Any, *headers: str) -> Json:
    return {
        "description": "Done.",
        "headers": _headers("X-Correlation-ID", *headers),
        "content": {content_type: {"schema": _schema(answer)}},
    }


def _headers(*names: str) -> Json:
    return {name: {"description": _HEADERS[name], "schema": {"type": "string"}} for name in names}


def _schema(answer: Any) -> Any:
    from openapi_pydantic.util import PydanticSchema

    if typing.get_origin(answer) is list:
        return {"type": "array", "items": _schema(typing.get_args(answer)[0])}
    if typing.get_origin(answer) is types.UnionType:
        return {"anyOf": [_schema(choice) for choice in typing.get_args(answer)]}
    return PydanticSchema.model_validate({"schema_class": answer})


_NOT_MODIFIED: Json = {
    "304": {
        "description": "The answer is the one with the ETag that was sent.",
        "headers": _headers("X-Correlation-ID", "ETag"),
    }
}
