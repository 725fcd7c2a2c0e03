"""The query of a list. Most requests ask for what others asked for, so what it means is remembered:
to parse it takes a worker longer than to find a page that is kept.
"""

from functools import lru_cache
from urllib.parse import urlencode

from pydantic import ValidationError
from werkzeug.wrappers import Request

from .bodies import InvalidInput
from .flask_app import LONGEST_REMEMBERED
from .pagination import encode_cursor
from .schemas import TodoFilter

__all__ = ["next_page_link", "wanted_by"]

_REMEMBERED = 1024


def wanted_by(query: str) -> TodoFilter:
    """What the query asks for; a parameter that is not known is left aside. Raises InvalidInput."""
    parse = _wanted if len(query) <= LONGEST_REMEMBERED else _wanted.__wrapped__
    return parse(query)


def next_page_link(path: str, query: str, last_id: int) -> str:
    """The value of the Link header (RFC 8288) for the page after `last_id`, filtered alike."""
    link = _link if len(query) <= LONGEST_REMEMBERED else _link.__wrapped__
    return link(path, query, last_id)


@lru_cache(_REMEMBERED)
def _wanted(query: str) -> TodoFilter:
    try:
        return TodoFilter.model_validate(_parameters(query))
    except ValidationError as error:
        raise InvalidInput(error) from None


@lru_cache(_REMEMBERED)
def _link(path: str, query: str, last_id: int) -> str:
    parameters = _parameters(query) | {"cursor": encode_cursor(last_id)}
    return f'<{path}?{urlencode(parameters)}>; rel="next"'


def _parameters(query: str) -> dict[str, str]:
    return Request({"QUERY_STRING": query}).args.to_dict()
