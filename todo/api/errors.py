"""Every error as an RFC 9457 problem document with the request's correlation ID in it."""

from http import HTTPStatus

import orjson
import psycopg2
from flask import Flask, Response, current_app, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge, ServiceUnavailable

from canonical_log import correlation_id

from ..database import CommitInDoubt, DeadlineOver, failure_of
from .bodies import InvalidInput
from .schemas import Problem

__all__ = ["init_app"]

RETRY_AFTER_S = 2
MAX_DRAINED_BYTES = 1024 * 1024


def init_app(app: Flask) -> None:
    """Makes problem documents of all errors that `app` answers, those of Flask and Werkzeug too."""
    app.register_error_handler(HTTPException, _http_error)
    for error in (DBAPIError, psycopg2.Error, PoolTimeoutError, DeadlineOver, CommitInDoubt):
        app.register_error_handler(error, _database_failed)


class InsufficientStorage(HTTPException):
    """A 507, which Werkzeug does not have."""

    code = HTTPStatus.INSUFFICIENT_STORAGE


def _http_error(error: HTTPException) -> Response:
    if isinstance(error, RequestEntityTooLarge):
        _drain()
    status = error.code or 500
    problem = Problem(
        type="about:blank",
        title=error.name,
        status=status,
        detail=_detail(error),
        correlation_id=correlation_id() or "",
        errors=error.errors if isinstance(error, InvalidInput) else None,
    )
    body = orjson.dumps(problem.model_dump(exclude_none=True))
    response = Response(body, status, content_type="application/problem+json")
    for name, value in error.get_headers():
        if name.lower() not in (
            "content-type",
            "content-length",
        ):  # Allow of a 405, Retry-After of a 503
            response.headers[name] = value
    return response


def _drain() -> None:
    """Reads what is left of the body, since gunicorn ends a kept connection on which 64 KiB are
    left, unannounced.
    """
    body = request.environ["wsgi.input"]
    left = MAX_DRAINED_BYTES
    while left > 0 and (part := body.read(min(left, 65_536))):
        left -= len(part)


def _detail(error: HTTPException) -> str:
    if error.description == NotFound.description:
        return "There is nothing at this URL. /api/docs describes what there is."
    if isinstance(error, RequestEntityTooLarge):
        return f"The body is larger than {request.max_content_length} bytes."
    return error.description or error.name


def _database_failed(error: Exception) -> Response:
    """What a database that is away, slow or full says is nothing against the request. What is a bug
    stays the 500 that it is.
    """
    failure = failure_of(error)
    if failure is None:
        raise error
    current_app.logger.warning(failure.detail, exc_info=error)
    if failure.status == HTTPStatus.INSUFFICIENT_STORAGE:
        return _http_error(InsufficientStorage(failure.detail))
    retry_after = RETRY_AFTER_S if failure.can_be_repeated else None
    return _http_error(ServiceUnavailable(failure.detail, retry_after=retry_after))
