"""For Flask: an id and its lines for every request of an app."""

from typing import Any

from flask import Flask, request

from .context import current_request
from .settings import Settings
from .wsgi import RequestLayer

__all__ = ["init_app"]


def init_app(app: Flask) -> Settings:
    """Gives every request of `app` its id and its lines, and returns the settings, for
    `instrument`.

    Reads the keys `CANONICAL_LOG_*` of the app's configuration, once: they are the fields of
    `Settings`. The engines of a Flask-SQLAlchemy that was initialised before are instrumented;
    others take `instrument`.

    Raises ValueError for a key or an event that does not exist, and for a constant whose name the
    schema has taken.
    """
    settings = Settings.from_config(app.config)
    _FlaskLayer(app, settings)
    if "sqlalchemy" in app.extensions:
        from .sqlalchemy import instrument

        with app.app_context():
            for engine in app.extensions["sqlalchemy"].engines.values():
                instrument(engine, settings)
    return settings


class _FlaskLayer(RequestLayer):
    """The WSGI layer of a Flask app, which knows the request's route and its exception too."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        super().__init__(app.wsgi_app, settings, app.name)
        self._app = app
        app.wsgi_app = self  # type: ignore[method-assign]  # Flask's documented way to wrap an app
        app.before_request_funcs.setdefault(None, []).insert(0, _remember_route)
        app.log_exception = self._log_exception  # type: ignore[method-assign]  # ours has the request's fields

    def is_testing(self) -> bool:
        """As the app's configuration says."""
        return self._app.testing

    def _log_exception(self, exc_info: Any) -> None:
        state = current_request()
        if state:
            self.write_exception(state, exc_info[1], exc_info[2])
        else:  # in a request context without a request, as tests make them
            Flask.log_exception(self._app, exc_info)


def _remember_route() -> None:
    state = current_request()
    if state and request.url_rule:
        state.route = request.url_rule.rule
