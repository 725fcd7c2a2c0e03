"""What goes in and out over HTTP. These models validate requests; the OpenAPI document is made from
them.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from ..models.todo import MAX_ID
from .pagination import CURSOR_PATTERN, decode_cursor

__all__ = [
    "FieldError",
    "Health",
    "Nothing",
    "Problem",
    "TodoChange",
    "TodoFilter",
    "TodoIn",
    "TodoOut",
]

MAX_LIMIT = 1000

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)?")
_INTEGER = re.compile(r"-?\d{1,9}")


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain a NUL character")
    return text


def _time_text(value: Any) -> Any:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("must be an ISO 8601 time such as 2023-02-27T00:00:00")
    return value


def _to_utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
    except OverflowError:
        raise ValueError("is out of range in UTC") from None


def _integer_text(value: Any) -> Any:
    if isinstance(value, str) and not _INTEGER.fullmatch(value):
        raise ValueError("must be an integer")
    return value


def _true_or_false(value: Any) -> Any:
    if value not in ("true", "false"):
        raise ValueError("must be true or false")
    return value == "true"


_NUL_FREE = {"pattern": "^[^\\u0000]*$"}
Title = Annotated[
    str,
    Field(min_length=1, max_length=80, json_schema_extra=_NUL_FREE, examples=["Write the report"]),
    AfterValidator(_no_nul),
]
Description = Annotated[
    str, Field(max_length=120, json_schema_extra=_NUL_FREE), AfterValidator(_no_nul)
]
Deadline = Annotated[
    datetime,
    Field(strict=False),  # the validator before it is the strict one
    BeforeValidator(_time_text),
    AfterValidator(_to_utc),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "ISO 8601. With an offset it is converted to UTC; without one it is "
            "taken as UTC.",
            "examples": ["2023-02-27T00:00:00"],
        }
    ),
]
Time = Annotated[
    datetime,
    WithJsonSchema(
        {
            "type": "string",
            "description": "UTC, ISO 8601 without an offset.",
            "examples": ["2023-02-27T00:00:00"],
        }
    ),
]
Id = Annotated[int, Field(ge=0, le=MAX_ID)]
Days = Annotated[int, Field(ge=0, le=36500), BeforeValidator(_integer_text)]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT), BeforeValidator(_integer_text)]

# What /api/docs shows, and sends where nobody changes it.
_NEW_TODO: dict[str, Any] = {
    "title": "Write the report",
    "description": "Two pages, with the figures of the load test",
    "deadline_at": "2027-02-26T17:00:00",
}
_TODO: dict[str, Any] = {
    "id": 1,
    **_NEW_TODO,
    "completed": False,
    "created_at": "2027-02-20T09:30:00.125000",
    "updated_at": "2027-02-20T09:30:00.125000",
}
_PROBLEM: dict[str, Any] = {
    "type": "about:blank",
    "title": "Bad Request",
    "status": 400,
    "detail": "The request breaks the API's contract; see errors.",
    "correlation_id": "my-request-1",
    "errors": [{"field": "title", "reason": "String should have at least 1 character"}],
}


class TodoIn(BaseModel):
    """A todo to create."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [_NEW_TODO]}
    )

    title: Title
    description: Description | None = None
    completed: bool = False
    deadline_at: Deadline | None = None


class TodoChange(BaseModel):
    """Changes to a todo: the fields that are given change, the others stay."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"completed": True}]}
    )

    # A default_factory keeps the default, which never counts, out of the OpenAPI document.
    title: Title = Field(default_factory=str)
    description: Description | None = None
    completed: bool = Field(default_factory=bool)
    deadline_at: Deadline | None = None


class TodoOut(BaseModel):
    """A todo."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TODO]})

    id: Id
    title: Title
    description: Description | None
    completed: bool
    deadline_at: Time | None
    created_at: Time
    updated_at: Time


class Nothing(BaseModel):
    """An empty object: there was no such todo."""

    model_config = ConfigDict(extra="forbid")


class TodoFilter(BaseModel):
    """Which todos to list."""

    model_config = ConfigDict(frozen=True)

    completed: Annotated[
        bool | None,
        BeforeValidator(_true_or_false),
        Field(description="Only todos that are completed, or not."),
    ] = None
    window: Annotated[
        Days | None,
        Field(description="Only todos whose deadline is at most this many days from now."),
    ] = None
    limit: Annotated[Limit, Field(description="How many todos a page holds at the most.")] = 100
    cursor: Annotated[
        int | None,
        BeforeValidator(decode_cursor),
        WithJsonSchema({"type": "string", "pattern": CURSOR_PATTERN}),
        Field(description="Where the page starts: taken from the Link header of the page before."),
    ] = None


class FieldError(BaseModel):
    """What is wrong with one field or parameter."""

    field: str
    reason: str


class Problem(BaseModel):
    """An error, as an RFC 9457 problem document."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PROBLEM]})

    type: str
    title: str
    status: int
    detail: str
    correlation_id: str
    errors: list[FieldError] | None = None


class Health(BaseModel):
    """The state of the service."""

    status: str
