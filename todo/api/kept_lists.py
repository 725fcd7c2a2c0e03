"""Lists that are answered from memory, as long as nothing is committed.

A list that is kept is answered before Flask, whose contexts, hooks and dispatch take a worker
longer than all the rest. Nothing else tells: it has the same bytes, headers and lines in the log,
and its key is checked. In an app that was given hooks, receivers of signals or another view since,
Flask answers all.
"""

from collections.abc import Callable, Iterable
from typing import Any

from flask import (
    Flask,
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    current_app,
    request,
    request_finished,
    request_started,
    request_tearing_down,
)
from sqlalchemy import event
from werkzeug.exceptions import HTTPException

from canonical_log import add_fields, set_route

from ..config import Settings
from ..database import REPLICA, Reader, begin_deadline, end_deadline, reader
from ..models import db
from .bodies import Answer, tagged_answer
from .flask_app import App
from .keys import KEY_CHECK
from .page_cache import Page, PageCache, Version
from .query import next_page_link, wanted_by
from .schemas import TodoFilter

__all__ = ["LISTS", "keep_lists", "kept_or_read", "list_answer"]

LISTS = "/api/v1/todos"
_VIEW = "todos.list_todos"
_EXTENSION = "todo_kept_lists"
# In a request's environ: what was asked for it before Flask, or the error that it ended in.
_ASKED = "todo.asked"
_SIGNALS = (
    appcontext_pushed,
    appcontext_popped,
    appcontext_tearing_down,
    request_finished,
    request_started,
    request_tearing_down,
)


def keep_lists(app: App, settings: Settings) -> None:
    """Lets the app keep its lists, unless it has no bytes for them, they come from a replica, or
    its database is no PostgreSQL. To be called when the app is complete.
    """
    with app.app_context():
        may_keep = REPLICA not in db.engines and db.engine.dialect.driver == "psycopg2"
        if may_keep and settings.page_cache_bytes:
            cache = app.extensions[_EXTENSION] = PageCache(settings.page_cache_bytes)
            event.listen(db.engine, "connect", cache.connected)
            app.answer_first = _KeptLists(app, cache, settings)


def kept_or_read(wanted: TodoFilter, read: Callable[[Reader], Page]) -> Page:
    """The page that is wanted: the kept one, if it is what `read` would find now. The request's
    canonical line says `cache` hit or miss.
    """
    asked: Version | Exception | None = request.environ.pop(_ASKED, None)
    if isinstance(asked, Exception):
        raise asked
    cache: PageCache | None = current_app.extensions.get(_EXTENSION)
    with reader() as todos:
        version = asked or (cache.version(todos) if cache and _may_keep(wanted) else None)
        if cache is None or version is None:
            return read(todos)
        page = cache.get(wanted, version)
        add_fields(cache="hit" if page else "miss")
        if page is None:
            page = read(todos)
            cache.put(wanted, version, page)
        return page


def list_answer(environ: dict[str, Any], page: Page) -> Answer:
    """The answer with this page, by Flask or before it."""
    headers = {}
    if page.next_after is not None:
        query = environ.get("QUERY_STRING", "")
        headers["Link"] = next_page_link(LISTS, query, page.next_after)
    return tagged_answer(environ, page.body, page.etag, headers)


class _KeptLists:
    """A WSGI app that answers with what is kept. What it returns None for is Flask's."""

    def __init__(self, app: Flask, cache: PageCache, settings: Settings) -> None:
        self._app = app
        self._cache = cache
        self._timeout_s = settings.request_timeout_s
        self._check_key = app.extensions.get(KEY_CHECK)
        self._own = _hooks(app)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes] | None:
        if environ.get("PATH_INFO") != LISTS or environ["REQUEST_METHOD"] != "GET":
            return None
        try:
            wanted = wanted_by(environ.get("QUERY_STRING", ""))
            if not self._cache.has(wanted) or _hooks(self._app) != self._own:
                return None
            if self._check_key:
                self._check_key(environ)
        except HTTPException:  # which Flask finds, too, and answers
            return None
        page = self._current(wanted, environ)
        if page is None:
            return None
        add_fields(cache="hit")
        status, headers, parts = list_answer(environ, page)
        start_response(status, headers)
        return parts

    def _current(self, wanted: TodoFilter, environ: dict[str, Any]) -> Page | None:
        set_route(LISTS)
        begin_deadline(environ, self._timeout_s)
        try:
            with reader(app=self._app) as todos:
                environ[_ASKED] = version = self._cache.version(todos)
            return self._cache.get(wanted, version) if version else None
        except Exception as error:
            environ[_ASKED] = error
            return None
        finally:
            end_deadline()


def _may_keep(wanted: TodoFilter) -> bool:
    """What is in a window changes by itself."""
    return wanted.window is None


def _hooks(app: Flask) -> list[Any]:
    """All that the app's users may have put around its view, or in its place."""
    kinds = (
        app.before_request_funcs,
        app.after_request_funcs,
        app.teardown_request_funcs,
        app.url_value_preprocessors,
    )
    hooks = [hook for kind in kinds for scope in kind.values() for hook in scope]
    receivers = [receiver for signal in _SIGNALS for receiver in signal.receivers.values()]
    return [*hooks, *receivers, *app.teardown_appcontext_funcs, app.view_functions[_VIEW]]
