"""The WSGI layer that notices the requests of load tests, and starts the threads that look."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.wsgi import ClosingIterator

from canonical_log.correlation import acceptable_id

from .database import DatabaseWatch
from .requests import ActiveRequests
from .sampler import Sampler

__all__ = ["Profiled"]


class Profiled:
    """A WSGI app whose threads are looked at while requests with an X-Run-ID are served."""

    def __init__(
        self, app: Callable[..., Iterable[bytes]], database_uri: str | None, threads: int
    ) -> None:
        """`database_uri` is where sessions are looked at, None for nowhere; `threads` is how many
        this worker serves with.
        """
        self._app = app
        self._requests = ActiveRequests()
        self._requests.watch_pools()
        self._watches: list[Callable[[], None]] = [Sampler(self._requests, threads).run]
        if database_uri and database_uri.startswith("postgres"):
            self._watches.append(DatabaseWatch(self._requests, database_uri).run)
        self._starting = threading.Lock()
        self._threads: dict[Callable[[], None], threading.Thread] = {}

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answers the request."""
        given = environ.get("HTTP_X_RUN_ID")
        run_id = acceptable_id(given) if given else None
        if run_id is None and not self._requests.is_wanted():
            return self._app(environ, start_response)
        served = self._requests.begin(run_id, environ)
        if run_id:
            self._start()
        try:
            body = self._app(environ, start_response)
        except BaseException:
            self._requests.end(served)
            raise
        return ClosingIterator(body, lambda: self._requests.end(served))

    def _start(self) -> None:
        """Starts the threads that do not run. A request does not wait for another that does so."""
        if not self._starting.acquire(blocking=False):
            return
        try:
            for watch in self._watches:
                thread = self._threads.get(watch)
                if thread is None or not thread.is_alive():
                    thread = threading.Thread(
                        target=watch, name=f"profiler-{watch.__qualname__}", daemon=True
                    )
                    self._threads[watch] = thread
                    thread.start()
        finally:
            self._starting.release()
