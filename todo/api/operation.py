"""What a view says of itself for the OpenAPI document."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Response
from pydantic import BaseModel

__all__ = ["Operation", "describe"]

View = TypeVar("View", bound=Callable[..., Response])


@dataclass(frozen=True)
class Operation:
    """What a view takes and answers. `answer` is a model, a list of one, or a union of two. If it
    `is_tagged`, it has an ETag, and can be a 304.
    """

    summary: str
    answer: Any
    status: int = 200
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    problems: tuple[int, ...] = ()
    header: str | None = None
    is_tagged: bool = False

    def headers(self) -> list[str]:
        """The names of the headers of its own."""
        return [*([self.header] if self.header else []), *(["ETag"] if self.is_tagged else [])]

    def problem_statuses(self) -> set[int]:
        """The statuses of the errors that this operation can answer."""
        of_body = (400, 413, 415) if self.body else ()
        of_query = (400,) if self.query else ()
        return {*self.problems, *of_body, *of_query, 500}


def describe(operation: Operation) -> Callable[[View], View]:
    """Puts a view into the OpenAPI document; the view itself stays as it is."""

    def mark(view: View) -> View:
        view.operation = operation  # type: ignore[attr-defined]  # a function takes attributes
        return view

    return mark
