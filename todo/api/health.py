"""Whether the service is alive, and whether it can do its work."""

from flask import Blueprint, Response
from sqlalchemy import text

from ..database import reading
from .bodies import json_response
from .openapi import Operation, describe
from .schemas import Health

__all__ = ["blueprint"]

blueprint = Blueprint("health", __name__, url_prefix="/api/v1/health")

_ping = text("SELECT 1")


@blueprint.get("")
@describe(Operation("Is the process alive?", Health))
def alive() -> Response:
    """`ok` as long as the process answers. No database is asked, so that its absence restarts
    nothing.
    """
    return json_response({"status": "ok"})


@blueprint.get("/ready")
@describe(Operation("Can it serve requests?", Health, problems=(503,)))
def ready() -> Response:
    """`ok` when the database answers, else the 503 of any request that needs it."""
    with reading() as connection:
        connection.execute(_ping)
    return json_response({"status": "ok"})
