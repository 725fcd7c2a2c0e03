"""For Flask: an id and its lines for every request of an app."""

import logging
import sys
from collections.abc import Mapping
from typing import Any

from flask import Flask, got_request_exception, has_request_context, request
from flask.logging import default_handler

from .capture import has_root
from .context import current_work, find_copied_with
from .origin import add_app_package
from .secret_paths import SecretPaths
from .settings import LOGGER, Settings
from .spans import active_span
from .state import RequestState
from .wsgi import RequestLayer, request_of

__all__ = ["init_app"]

TOLD_AFTER_REQUESTS = 100
DRIVERS = {"psycopg2", "psycopg", "asyncpg", "pymysql", "MySQLdb", "oracledb", "pyodbc"}

DISABLED = (
    "requests and statements have no lines, since the logger canonical_log was switched off:"
    " dictConfig and fileConfig do that unless disable_existing_loggers is False"
)


def init_app(app: Flask) -> Settings:
    """Gives every request of `app` its id and its lines, and returns the settings, for
    `instrument`.

    Reads the keys `CANONICAL_LOG_*` of the app's configuration, once: they are the fields of
    `Settings`. SQLAlchemy's engines are found at their first connection, whoever makes them, and
    whether they are made before or after.

    Raises ValueError for a key or an event that does not exist, and for a constant whose name the
    schema has taken.
    """
    settings = Settings.from_config(app.config)
    _FlaskLayer(app, settings)
    find_copied_with(_copied_request)
    return settings


def _copied_request() -> RequestState | None:
    """In a thread that has no work of its own, that of `flask.copy_current_request_context`."""
    return request_of(request.environ) if has_request_context() else None


class _FlaskLayer(RequestLayer):
    """The WSGI layer of a Flask app, which knows the request's route and its exception too."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        super().__init__(app.wsgi_app, settings, app.name)
        add_app_package(app.import_name)
        self._app = app
        self._is_disabled = False
        self._secret_paths = SecretPaths(app)
        self._engines = _EngineWatch(app, settings)
        self._engines.find()
        if has_root():  # else each line of the app's logger would come twice
            logging.getLogger(app.name).removeHandler(default_handler)
        app.wsgi_app = self  # type: ignore[method-assign]  # Flask's documented way to wrap an app
        app.before_request_funcs.setdefault(None, []).insert(0, self._begin)
        got_request_exception.connect(self._fail, app)

    def prepare(self, state: RequestState, environ: dict[str, Any]) -> None:
        """Hides the secrets in the path, before any line has it."""
        layer, environ = self._mounted(environ)
        masked = layer._secret_paths.masked(environ)
        if masked is not None:
            state.hide(masked, environ)

    def _mounted(self, environ: dict[str, Any]) -> tuple["_FlaskLayer", dict[str, Any]]:
        """The layer of the app that gets the request, and the environ that it gets, where
        werkzeug's DispatcherMiddleware has others mounted below this one.
        """
        mounts = getattr(self._wsgi_app, "mounts", None)
        if not mounts:
            return self, environ
        path: str = environ.get("PATH_INFO", "")
        for prefix in sorted(mounts, key=len, reverse=True):
            inner = getattr(mounts[prefix], "wsgi_app", mounts[prefix])
            if isinstance(inner, _FlaskLayer) and path.startswith(f"{prefix}/"):
                root = environ.get("SCRIPT_NAME", "") + prefix
                inside = {"SCRIPT_NAME": root, "PATH_INFO": path[len(prefix) :]}
                return inner, environ | inside
        return self, environ

    def is_testing(self) -> bool:
        """As the app's configuration says."""
        return self._app.testing

    def _begin(self) -> None:
        if not self._engines.is_settled:
            self._engines.look()
        if LOGGER.disabled and not self._is_disabled:
            self._is_disabled = True
            logging.getLogger().warning(DISABLED)
        state = current_work()
        rule = request.url_rule
        if rule is not None and isinstance(state, RequestState):
            state.name = rule.rule

    def _fail(self, _app: Flask, exception: BaseException, **_more: Any) -> None:
        """Flask has an exception that no handler took. It raises it again, or it logs it: in its
        own way, or that of a subclass, and the formatter sees to it that this is its one line.
        """
        state = current_work()
        if isinstance(state, RequestState) and exception is not state.told:
            state.error = exception
            state.span = active_span()


class _EngineWatch:
    """Finds the engines of an app's databases, and says so when there seem to be none."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._requests = 0
        self.is_settled = False

    def find(self) -> None:
        """To be called at the start. The app's context would run its teardown, so `look` comes
        later.
        """
        if "sqlalchemy" in sys.modules:
            self._find_with_sqlalchemy()

    def look(self) -> None:
        """To be called before each request, in the app's context, until it `is_settled`: until an
        engine was found or a hundred requests had none.
        """
        if "sqlalchemy" in sys.modules:
            self._look_with_sqlalchemy()
        self._requests += 1
        if not self.is_settled and self._requests > TOLD_AFTER_REQUESTS:
            self.is_settled = True
            self._warn_of_drivers()

    def _find_with_sqlalchemy(self) -> None:
        try:
            from .sqlalchemy import find_engines
        except ImportError as error:
            _warn(f"this SQLAlchemy cannot be instrumented, 2.0 or newer can: {error}")
            self.is_settled = True
        else:
            find_engines(self._settings)

    def _look_with_sqlalchemy(self) -> None:
        self._find_with_sqlalchemy()
        if self.is_settled:
            return
        from .sqlalchemy import has_engine, instrument

        # Those of Flask-SQLAlchemy are known before they connect, so that connecting is timed too.
        engines = getattr(self._app.extensions.get("sqlalchemy"), "engines", None)
        for engine in engines.values() if isinstance(engines, Mapping) else ():
            instrument(engine, self._settings)
        self.is_settled = has_engine()

    def _warn_of_drivers(self) -> None:
        drivers = sorted(DRIVERS & sys.modules.keys())
        if drivers:
            _warn(
                f"{', '.join(drivers)} is imported, but no engine of SQLAlchemy has connected in"
                f" {TOLD_AFTER_REQUESTS} requests: give yours to canonical_log.instrument(engine)"
            )


def _warn(reason: str) -> None:
    LOGGER.warning("db_query_count stays 0: %s", reason)
