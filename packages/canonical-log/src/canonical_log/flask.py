"""For Flask: an id and its lines for every request of an app."""

import logging
import sys
from typing import Any

from flask import Flask, got_request_exception, has_request_context, request

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
        with app.app_context():
            self._engines.look()
        app.wsgi_app = self  # type: ignore[method-assign]  # Flask's documented way to wrap an app
        app.before_request_funcs.setdefault(None, []).insert(0, self._begin)
        got_request_exception.connect(self._fail, app)

    def prepare(self, state: RequestState) -> None:
        """Hides the secrets in the path, before any line has it."""
        masked = self._secret_paths.masked(state.environ)
        if masked is not None:
            state.hide(masked)

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
        if isinstance(state, RequestState):
            state.error = exception
            state.span = active_span()


class _EngineWatch:
    """Finds the engines of an app's databases, and says so when there seem to be none."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._requests = 0
        self.is_settled = False

    def look(self) -> None:
        """To be called at the start and before each request, in the app's context, until it
        `is_settled`: until an engine was found or a hundred requests had none.
        """
        if "sqlalchemy" in sys.modules:
            self.is_settled = self._look_with_sqlalchemy()
        self._requests += 1
        if not self.is_settled and self._requests > TOLD_AFTER_REQUESTS:
            self.is_settled = True
            self._warn_of_drivers()

    def _look_with_sqlalchemy(self) -> bool:
        try:
            from .sqlalchemy import find_engines, has_engine, instrument
        except ImportError as error:
            _warn(f"this SQLAlchemy cannot be instrumented, 2.0 or newer can: {error}")
            return True
        find_engines(self._settings)
        # Those of Flask-SQLAlchemy are known before they connect, so that connecting is timed too.
        for engine in getattr(self._app.extensions.get("sqlalchemy"), "engines", {}).values():
            instrument(engine, self._settings)
        return has_engine()

    def _warn_of_drivers(self) -> None:
        drivers = sorted(DRIVERS & sys.modules.keys())
        if drivers:
            _warn(
                f"{', '.join(drivers)} is imported, but no engine of SQLAlchemy has connected in"
                f" {TOLD_AFTER_REQUESTS} requests: give yours to canonical_log.instrument(engine)"
            )


def _warn(reason: str) -> None:
    LOGGER.warning("db_query_count stays 0: %s", reason)
