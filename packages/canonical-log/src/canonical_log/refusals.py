"""For servers: the canonical line of a request that was answered without an app."""

import logging
from typing import Any

from .canonical import canonical_line
from .correlation import Identity
from .event_record import EventRecord
from .fields import FINISHED
from .settings import DEFAULTS, LOGGER, Settings
from .state import RequestState

__all__ = ["log_refused"]


def log_refused(
    environ: dict[str, Any],
    identity: Identity,
    *,
    status: int,
    outcome: str,
    response_bytes: int = 0,
    duration_ms: float = 0,
    settings: Settings | None = None,
) -> None:
    """Writes the canonical line of a request that a server refused, under the id that its answer
    had.

    `environ` is a WSGI environ as far as it is known: at least REQUEST_METHOD and PATH_INFO, `-`
    where the request could not be read. A 5xx is a WARNING, for it is what the server was built to
    do; others are INFO. `settings` are those that `init_app` returned.
    """
    settings = settings or DEFAULTS
    level = logging.WARNING if status >= 500 else logging.INFO
    if FINISHED not in settings.events or not LOGGER.isEnabledFor(level):
        return
    state = RequestState(environ, identity, settings)
    state.started_s -= duration_ms / 1000
    state.status = status
    state.bytes_sent = response_bytes
    LOGGER.handle(EventRecord(LOGGER.name, level, canonical_line(state, outcome)))
