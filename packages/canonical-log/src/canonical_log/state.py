"""What is known of a piece of work, such as a request, until its line is written."""

import threading
import time
from logging import LogRecord
from sys import modules
from threading import get_ident
from typing import TYPE_CHECKING, Any

from .correlation import Identity, acceptable_id
from .environ import MAX_CHARACTERS, path_of, text_of_path
from .http_client.roll_up import HttpClientRollUp
from .roll_up import DatabaseRollUp
from .settings import DEFAULTS, Settings
from .spans import OPENTELEMETRY, active_span
from .timestamps import milliseconds

if TYPE_CHECKING:
    from .sampling import HeldLines

__all__ = ["RequestState", "WorkState"]

_NOTHING: dict[str, Any] = {}


class WorkState:
    """One piece of work that has an id, such as a request: what is known of it until its line is
    written. Its fields are set by the thread that does the work, its statements by any.
    """

    __slots__ = (
        "before",
        "cpu_started_ns",
        "database",
        "environ",
        "error",
        "extra",
        "finished",
        "held",
        "http_client",
        "identity",
        "is_debugged",
        "name",
        "outer",
        "run_id",
        "settings",
        "span",
        "started_s",
        "thread",
        "told",
        "told_by",
    )

    def __init__(
        self, identity: Identity, settings: Settings = DEFAULTS, run_id: str | None = None
    ) -> None:
        """Starts both clocks."""
        self.identity = identity
        self.settings = settings
        self.run_id = run_id
        self.environ = _NOTHING  # of WSGI, with at least the headers that came
        self.span = _NOTHING  # of OpenTelemetry: the fields of the one that is the work's own
        self.name: str | None = None  # the same for all work of one kind, as a route's template
        self.database = DatabaseRollUp()
        self.http_client: HttpClientRollUp | None = None  # until there is a call
        self.held: HeldLines | None = None  # where only a share of requests has its lines written
        self.is_debugged = False  # by the signed header
        self.extra: dict[str, Any] | None = None
        self.error: BaseException | None = None  # that ended it, and is not told yet
        self.told: BaseException | None = None
        self.told_by: object = None  # the record of `logging` that told it
        self.finished = False
        self.before: WorkState | None = None  # what was current when this began
        self.outer: WorkState | None = None  # what this is part of
        self.started_s = time.perf_counter()
        self.thread = get_ident()
        self.cpu_started_ns = time.thread_time_ns()

    def begin_line(self, event: str, span: dict[str, str] | None = None) -> dict[str, Any]:
        """The fields that every line of the work begins with: its event, the correlation ID, the
        load test's where it has one, and the span's: of `span`, else of the active one.
        """
        line = {"event": event, "correlation_id": self.identity.correlation_id}
        if self.run_id is not None:
            line["run_id"] = self.run_id
        if OPENTELEMETRY in modules:
            line |= (active_span() or self.span) if span is None else span
        return line

    def add_part(self, inner: "WorkState") -> None:
        """Counts what other work came to, which was part of this."""
        self.database.add(inner.database)
        if inner.http_client:
            self.http_client = self.http_client or HttpClientRollUp()
            self.http_client.add(inner.http_client)

    def is_told_by(self, record: object, error: BaseException) -> bool:
        """Whether this record of `logging` tells the exception that ended the work. It is the first
        one that has it; every handler may ask.
        """
        if self.error is error:
            self.error, self.told, self.told_by = None, error, record
        return self.told_by is record

    def without_secrets(self, text: str) -> str:
        """The text, without what is known to be secret in this work."""
        return text

    def without_secrets_in(self, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields of an exception, without it."""
        return {name: self.without_secrets(text) for name, text in fields.items()}

    def is_of(self, record: LogRecord) -> bool:
        """Whether it can be this work that wrote the record. A handler that keeps records has them
        formatted later, within other work.
        """
        started = time.time() - (time.perf_counter() - self.started_s)
        # By the module, since gevent may have replaced it meanwhile, as `logging` sees it.
        return record.created > started - 0.000_01 and record.thread in (
            None,
            threading.get_ident(),
        )

    def duration_ms(self) -> float:
        """Since its start."""
        return milliseconds(time.perf_counter() - self.started_s)

    def cpu_ms(self) -> float | None:
        """CPU time of the thread since the start of the work; None in another thread."""
        if self.thread != get_ident():
            return None
        return milliseconds((time.thread_time_ns() - self.cpu_started_ns) / 1e9)


class RequestState(WorkState):
    """One request, from its arrival to its last byte. Its `name` is the route's template."""

    __slots__ = ("_hidden", "bytes_sent", "declared_bytes", "path", "status")

    def __init__(
        self, environ: dict[str, Any], identity: Identity, settings: Settings = DEFAULTS
    ) -> None:
        """Takes the load test's id from the header X-Run-ID."""
        run_id = environ.get("HTTP_X_RUN_ID")
        super().__init__(identity, settings, acceptable_id(run_id) if run_id else None)
        self.environ = environ
        self.path = path_of(environ)
        self._hidden: tuple[str, str] | None = None
        self.status: int | None = None
        self.declared_bytes: int | None = None  # by the header Content-Length
        self.bytes_sent = 0

    def hide(self, masked_path: str, environ: dict[str, Any]) -> None:
        """Has the path below the root of the app that gets this environ, which has a secret in it,
        replaced by this one.
        """
        path = text_of_path(environ.get("PATH_INFO", ""))
        root = text_of_path(environ.get("SCRIPT_NAME", ""))
        self._hidden = (path, masked_path)
        self.path = (root + masked_path)[:MAX_CHARACTERS]

    def without_secrets(self, text: str) -> str:
        """The text, with the path that has a secret masked."""
        return text.replace(*self._hidden) if self._hidden else text
