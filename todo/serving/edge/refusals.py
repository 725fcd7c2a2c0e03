"""What a refusal tells: the client by a problem document, the log by a canonical line."""

import time
from typing import Any

from canonical_log import Settings
from canonical_log.correlation import identify
from canonical_log.refusals import log_refused

from .answers import problem, render
from .connection import Connection
from .refused import Refused
from .request import Request

__all__ = ["Refusals"]

# Of a request that could not be read.
_UNKNOWN = {"REQUEST_METHOD": "-", "PATH_INFO": "-"}


class Refusals:
    """Writes both, with one id: the client's own where it sent one."""

    def __init__(self, settings: Settings) -> None:
        """`settings` are the app's, so that the lines are alike."""
        self._settings = settings

    def correlation_id(self, environ: dict[str, Any]) -> str:
        """The id of a request that is answered without the app, and leaves no line."""
        return identify(environ, self._settings.id_headers).correlation_id

    def write(
        self, connection: Connection, refused: Refused, request: Request | None, *, closes: bool
    ) -> bytes:
        """Writes the canonical line, and returns the bytes of the answer."""
        environ = request.environ if request else _UNKNOWN
        began_s = request.began_s if request else connection.began_s
        identity = identify(environ, self._settings.id_headers)
        answer = problem(refused, identity.correlation_id)
        log_refused(
            environ,
            identity,
            status=refused.status,
            outcome=refused.outcome,
            response_bytes=len(answer[2]),
            duration_ms=(time.monotonic() - began_s) * 1000,
            settings=self._settings,
        )
        is_head = request is not None and request.is_head
        return render(answer, identity.correlation_id, closes=closes, without_body=is_head)

    def answer(self, refused: Refused, request: Request) -> bytes:
        """The bytes of a connection's last answer, for a request that has its line already."""
        environ = request.environ
        correlation_id = environ.get("canonical_log.correlation_id") or self.correlation_id(environ)
        answer = problem(refused, correlation_id)
        return render(answer, correlation_id, closes=True, without_body=request.is_head)
