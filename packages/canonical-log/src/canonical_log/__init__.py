"""Correlation IDs and one good JSON line per request, with its queries, for any Flask app.

import logging
from flask import Flask
import canonical_log

app = Flask(__name__)
canonical_log.configure()
canonical_log.init_app(app)

@app.get("/hello/<name>")
def hello(name):
    canonical_log.add_fields(guest=name)
    logging.getLogger("greeter").info("greeting %s", name)
    return {"hello": name, "id": canonical_log.correlation_id()}
"""

import importlib
import logging
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .capture import capture_everything, take_root
from .context import (
    ContextExecutor,
    add_fields,
    bind,
    copied_work,
    correlation_id,
    current_work,
    set_route,
)
from .correlation import outgoing_headers as _outgoing_headers
from .fields import register
from .formatter import JsonFormatter
from .http_client.schema import FIELDS as HTTP_CLIENT_FIELDS
from .schema import FIELDS
from .settings import LOGGER, Settings
from .spans import span_headers
from .stream import LineHandler
from .verbosity import filter_levels_of
from .work_block import WorkBlock

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

__version__ = "1.0.0"
__all__ = [
    "ContextExecutor",
    "JsonFormatter",
    "Settings",
    "add_fields",
    "bind",
    "configure",
    "correlation_id",
    "init_app",
    "instrument",
    "outgoing_headers",
    "set_route",
    "work",
]

register(FIELDS)
register(HTTP_CLIENT_FIELDS)


def configure(
    level: int | str = "INFO",
    handler: logging.Handler | None = None,
    *,
    mask: Iterable[str] = (),
) -> None:
    """Makes the root logger write JSON lines of at least `level`, to standard output or to
    `handler`. `mask` names kinds of values that no line may have, as in `JsonFormatter`.

    Warnings and uncaught exceptions become lines too. The root logger's other handlers stay, but
    for those that write to standard output or error, since each line would come twice, and for the
    one of an earlier call.
    """
    handler = handler or LineHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(mask=mask))
    take_root(handler)
    logging.getLogger().setLevel(level)
    filter_levels_of(handler)
    capture_everything()
    LOGGER.disabled = False  # as an earlier dictConfig leaves it


def init_app(app: "Flask") -> Settings:
    """Gives every request of `app` its id and its lines: `canonical_log.flask.init_app`.

    Raises ModuleNotFoundError, which says what to install, without Flask.
    """
    settings: Settings = _module("flask", "init_app", "Flask").init_app(app)
    return settings


def instrument(engine: "Engine | AsyncEngine", settings: Settings | None = None) -> None:
    """Logs what `engine` does from now on: `canonical_log.sqlalchemy.instrument`.

    Raises ModuleNotFoundError, which says what to install, without SQLAlchemy.
    """
    _module("sqlalchemy", "instrument", "SQLAlchemy").instrument(engine, settings)


def work(
    name: str,
    *,
    id: object = None,
    headers: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> WorkBlock:
    """Gives a block of code an id and lines of its own, as a request has: `with work("import"):`.

    It writes `work_started`, and exactly one `work_finished` however the block ends, with its time
    and what its statements came to. `name` is the same for all work of one kind. `with ... as` has
    the id: `id`, else the one in `headers`, such as a message's that `outgoing_headers` made, else
    that of the request or the work around it, else a new one. Statements within count for what is
    around it, too. An exception is written, and raised on. `settings` are those that `init_app`
    returned, else those of the work around it, else the defaults; its start and its end are
    written where `request_started` and `request_finished` are.
    """
    return WorkBlock(name, id=id, headers=headers, settings=settings)


def outgoing_headers() -> dict[str, str]:
    """The headers that carry the ids of the current request, or other work, on to another service;
    empty outside of any.

    They are `X-Correlation-ID` and a W3C `traceparent` for a child span, with the `tracestate` and
    the `baggage` that came in. While a span of OpenTelemetry is active, they are that one's own
    instead, by its propagators.
    """
    state = current_work() or copied_work()
    if state is None:
        return {}
    spans = span_headers()
    if spans:
        return {"X-Correlation-ID": state.identity.correlation_id, **spans}
    return _outgoing_headers(state.identity, state.environ)


def _module(extra: str, name: str, library: str) -> Any:
    """The module for a library that is installed by the extra of the same name."""
    try:
        return importlib.import_module(f"{__name__}.{extra}")
    except ModuleNotFoundError as error:
        if error.name != extra:
            raise
        raise ModuleNotFoundError(
            f"canonical_log.{name} needs {library}, which is not installed:"
            f" pip install 'canonical-log[{extra}]'",
            name=extra,
        ) from None
