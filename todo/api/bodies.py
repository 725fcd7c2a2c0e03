"""JSON in and JSON out: requests parsed by a model, answers that a client may keep."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Response, request
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import Headers
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.http import parse_etags

from .schemas import FieldError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = ["Answer", "InvalidInput", "json_response", "parse_body", "response_of", "tagged_answer"]

Model = TypeVar("Model", bound=BaseModel)

Answer = tuple[str, list[tuple[str, str]], list[bytes]]
"""The status, the headers and the parts of the body, as WSGI has them."""

MAX_ERRORS = 20
_LONGEST_NAME = 80


class InvalidInput(BadRequest):
    """A body or parameters that break the contract: a 400 that says which field, and why."""

    def __init__(self, error: ValidationError) -> None:
        """Keeps what was wrong, without the values that were sent; of many errors the first."""
        count = error.error_count()
        see = (
            "see errors"
            if count <= MAX_ERRORS
            else f"see the first {MAX_ERRORS} of {count:,} errors"
        )
        super().__init__(f"The request breaks the API's contract; {see}.")
        items = error.errors(include_url=False, include_context=True, include_input=False)
        self.errors = [
            FieldError(field=_field(item["loc"]), reason=_reason(dict(item)))
            for item in items[:MAX_ERRORS]
        ]


def parse_body(model: type[Model]) -> Model:
    """The request's JSON body as `model`. Raises InvalidInput, and the errors for 413 and 415."""
    if not request.is_json:
        raise UnsupportedMediaType(
            "The body must be JSON, sent with Content-Type: application/json."
        )
    body = request.get_data(cache=False)
    if request.content_length is None and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge  # Werkzeug ends a chunked body at the limit without a word
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise InvalidInput(error) from None


class _WholeAnswer(Response):
    """An answer with a body in one piece, whose headers are all there."""

    def get_wsgi_response(
        self, environ: "WSGIEnvironment"
    ) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """As it is, where the method wants no other; else as Werkzeug does."""
        if environ["REQUEST_METHOD"] == "HEAD" or self._on_close:
            return super().get_wsgi_response(environ)
        fields = list(iter(self.headers))  # as to_wsgi_list, which asks first how many there are
        return self.response, self.status, fields  # type: ignore[return-value]  # of bytes


def json_response(
    body: str | bytes, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """An answer with `body`, which is JSON."""
    data = body.encode() if isinstance(body, str) else body
    fields = Headers()
    # To take them from a dict costs Werkzeug as much as all the rest of an answer.
    fields[:] = [
        *(headers or {}).items(),
        ("Content-Type", "application/json"),
        ("Content-Length", len(data)),
    ]
    return _WholeAnswer([data], status, fields)


def tagged_answer(
    environ: "WSGIEnvironment", body: bytes, etag: str, headers: dict[str, str]
) -> Answer:
    """An answer that the client may keep, and ask whether it still is good: a 304 without the body
    when the request has this ETag in `If-None-Match`.
    """
    fields = [*headers.items(), ("ETag", f'"{etag}"'), ("Cache-Control", "no-cache")]
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known is not None and parse_etags(known).contains_weak(etag):
        return "304 NOT MODIFIED", fields, []
    fields += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    return "200 OK", fields, [body]


def response_of(answer: Answer) -> Response:
    """The answer as Flask takes it."""
    status, fields, parts = answer
    headers = Headers()
    headers[:] = fields
    return (_WholeAnswer if parts else Response)(parts, status, headers)


def _field(location: tuple[int | str, ...]) -> str:
    name = ".".join(map(str, location)) or "body"
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def _reason(error: dict[str, Any]) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return str(error["msg"])
