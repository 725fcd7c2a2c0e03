"""The worker that gunicorn runs: it starts the loop, keeps its deadlines, and ends it."""

import io
import os
import resource
import select
import time
from dataclasses import replace
from types import FrameType
from typing import Any

from gunicorn import SERVER_SOFTWARE  # type: ignore[import-untyped]  # gunicorn has no type hints
from gunicorn.http.wsgi import FileWrapper, WSGIErrorsWrapper  # type: ignore[import-untyped]  # same
from gunicorn.workers.base import Worker  # type: ignore[import-untyped]  # same

from canonical_log import Settings as LogSettings

from ...config import load_settings
from .admission import Admission
from .answers import StaticAnswer, static_answer
from .connections import Connections
from .exchange import Exchange
from .heads import read_head
from .limits import Limits
from .listener import Listener
from .loop import Loop
from .reader import Reader
from .refusals import Refusals

__all__ = ["EdgeWorker"]

_TICK_S = 0.1
_SWEEP_S = 0.5
_BEAT_S = 1.0
_TURN_WITHIN_S = 5.0
# Clients that keep a connection may be sending a request just when the worker is told to stop.
_KEEP_WHILE_STOPPING_S = 1.0
_OTHER_DESCRIPTORS = 128  # of the app: its log, its database, its files


class EdgeWorker(Worker):  # type: ignore[misc]  # as above
    """Serves the app from a pool of threads that no client can hold.

    The main thread only looks after the others: gunicorn's heartbeat, signals and deadlines.
    """

    @classmethod
    def check_config(cls, cfg: Any, _log: Any) -> None:
        """Raises ValueError for what this worker does not do."""
        if cfg.is_ssl:
            raise ValueError("the edge speaks no TLS: that is the load balancer's part")

    alive: bool

    def run(self) -> None:
        """Serves until the worker is told to stop, or has had its requests."""
        self._prepare()
        while self.alive and self.ppid == os.getppid():
            self._tick()
            if self._admission.finished >= self.max_requests:
                self.log.info("Autorestarting worker after %d requests.", self.max_requests)
                self.alive = False
        self._stop()

    def handle_abort(self, sig: int, frame: FrameType | None) -> None:
        """gunicorn gives the worker up: what waits in the queue gets its answer and its line."""
        for request in self._admission.take_all():
            self._exchange.shed(request)
        super().handle_abort(sig, frame)

    def _prepare(self) -> None:
        limits = self._limits()
        poller = select.epoll()
        self._connections = Connections(poller, limits)
        self._admission = Admission(limits.threads, limits.queue_s)
        refusals = Refusals(self._of_app("canonical_log") or LogSettings())
        reader = Reader(self.cfg, _base_environ(self.cfg), limits.body_bytes)
        self._exchange = Exchange(limits, reader, self._connections, self._admission, refusals)
        self._exchange.static_answers = self._static_answers()
        self._listeners = [
            Listener(each, poller, self._connections, self._exchange, limits.head_timeout_s)
            for each in self.sockets
        ]
        self._loop = Loop(self.wsgi, self.cfg, poller, self._connections, self._exchange)
        for listener in self._listeners:
            self._loop.listen(listener.descriptor, listener.accept)
        self._beat_s = self._swept_s = time.monotonic()
        self._loop.start(self._admission)

    def _limits(self) -> Limits:
        limits = Limits.from_settings(load_settings(), self.cfg.threads, self.cfg.keepalive)
        body_bytes = getattr(self.wsgi, "config", {}).get("MAX_CONTENT_LENGTH")
        descriptors = _raise_descriptor_limit(limits.connections + _OTHER_DESCRIPTORS)
        connections = min(limits.connections, descriptors - _OTHER_DESCRIPTORS)
        if connections < limits.connections:
            self.log.warning(
                "At most %d connections are taken, since the process may have %d descriptors",
                connections,
                descriptors,
            )
        return replace(limits, connections=connections, body_bytes=body_bytes or limits.body_bytes)

    def _of_app(self, name: str) -> Any:
        return getattr(self.wsgi, "extensions", {}).get(name)

    def _static_answers(self) -> dict[str, StaticAnswer]:
        answers = {}
        for path in self._of_app("edge_static_paths") or ():
            head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
            base = _base_environ(self.cfg)
            _, environ = read_head(head, "", ("localhost", "80"), base, self.cfg)
            answers[path] = static_answer(self.wsgi, environ | {"wsgi.input": io.BytesIO()})
        return answers

    def _tick(self) -> None:
        if select.select([self.PIPE[0]], [], [], _TICK_S)[0]:
            os.read(self.PIPE[0], 4096)  # a signal's number, which its handler has dealt with
        now_s = time.monotonic()
        for request in self._admission.take_expired(now_s):
            self._exchange.shed(request)  # whose connection may go on to a next one
        self._loop.wake()
        for listener in self._listeners:
            if listener.is_behind:
                listener.again()
        if now_s - self._swept_s >= _SWEEP_S:
            self._swept_s = now_s
            self._sweep(now_s)
        if now_s - self._beat_s >= _BEAT_S and self._gets_on(now_s):
            self._beat_s = now_s
            self.notify()

    def _sweep(self, now_s: float) -> None:
        for connection in self._connections.overdue(now_s):
            self._exchange.time_out(connection)
        for connection in self._connections.over_the_memory():
            self._exchange.close(connection)

    def _gets_on(self, now_s: float) -> bool:
        """Whether the threads do something; if not, gunicorn's `timeout` runs."""
        is_stuck = self._admission.is_full() and self._admission.last_change_s < self._beat_s
        return not is_stuck and now_s - self._loop.last_turn_s < _TURN_WITHIN_S

    def _stop(self) -> None:
        """Finishes what is queued or runs, within `graceful_timeout`; then the process ends."""
        self._exchange.is_stopping = True
        for listener in self._listeners:
            self._loop.ignore(listener.descriptor)
        self._listeners = []
        began_s = now_s = time.monotonic()
        # gunicorn kills what is there after the whole of it, without a line in the log.
        while now_s - began_s < self.cfg.graceful_timeout * 0.9 and len(self._connections):
            self._tick()
            now_s = time.monotonic()
            if now_s - began_s >= _KEEP_WHILE_STOPPING_S:
                for connection in self._connections.idle():
                    self._exchange.close(connection)
        if self._admission.busy:
            self.cfg.worker_abort(self)


def _base_environ(cfg: Any) -> dict[str, Any]:
    return {
        "SCRIPT_NAME": "",
        "SERVER_SOFTWARE": SERVER_SOFTWARE,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": WSGIErrorsWrapper(cfg),
        "wsgi.multithread": True,
        "wsgi.multiprocess": cfg.workers > 1,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
        "wsgi.input_terminated": True,
    }


def _raise_descriptor_limit(wanted: int) -> int:
    """How many descriptors the process may have, after asking for as many as are wanted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else soft
