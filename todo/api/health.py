"""Whether the service is alive, and whether it can do its work."""

from flask import Blueprint, Response, request
from sqlalchemy import text
from werkzeug.exceptions import ServiceUnavailable

from ..database import reading
from .bodies import json_response
from .operation import Operation, describe
from .schemas import Health

__all__ = ["blueprint"]

blueprint = Blueprint("health", __name__, url_prefix="/api/v1/health")

OVERLOADED_AFTER_S = 3  # shorter bursts are what the queue is for
RETRY_AFTER_S = 2

_ping = text("SELECT 1")


@blueprint.get("")
@describe(Operation("Is the process alive?", Health))
def alive() -> Response:
    """`ok` as long as the process answers. No database is asked, so that its absence restarts
    nothing.
    """
    return json_response('{"status":"ok"}')


@blueprint.get("/ready")
@describe(Operation("Can it serve requests?", Health, problems=(503,)))
def ready() -> Response:
    """`ok` when the database answers and the server keeps up, else a 503 that says why not."""
    overloaded_s = request.environ.get("edge.overloaded_s", 0.0)
    if overloaded_s > OVERLOADED_AFTER_S:
        raise ServiceUnavailable(
            f"The server has been sending requests away for {overloaded_s:.0f} seconds.",
            retry_after=RETRY_AFTER_S,
        )
    with reading() as connection:
        connection.execute(_ping)
    return json_response('{"status":"ok"}')
