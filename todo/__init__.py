"""TaskOverflow: a todos REST API whose every request can be followed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["create_app"]


def create_app(config_overrides: Mapping[str, Any] | None = None) -> "Flask":
    """The application, ready to serve.

    The settings come from the environment. `config_overrides` goes on top: a setting by the name of
    its environment variable, or any key of Flask's own configuration. An SQLite database in memory
    gets its tables here, since no migration could reach it.

    Raises todo.config.ConfigError when a setting is missing, unknown or has a bad value.
    """
    import canonical_log

    from . import api, database, log_fields  # noqa: F401  # log_fields registers them
    from .api.flask_app import App
    from .api.forwarded import Forwarded
    from .config import load_settings

    overrides = dict(config_overrides or {})
    settings = load_settings(overrides)
    debug_secret = settings.log_debug_secret
    app = App(__name__, static_folder=None)
    app.config.from_mapping(
        CANONICAL_LOG_EVENTS=settings.log_events,
        CANONICAL_LOG_SLOW_QUERY_MS=settings.slow_query_ms,
        CANONICAL_LOG_SAMPLE_RATE=settings.log_sample_rate,
        CANONICAL_LOG_SLOW_REQUEST_MS=settings.slow_request_ms,
        CANONICAL_LOG_LIVE_FILE=str(settings.live_file),
        CANONICAL_LOG_DEBUG_SECRET=debug_secret.get_secret_value() if debug_secret else None,
        CANONICAL_LOG_SQL_COMMENTS=settings.sql_comments,
        CANONICAL_LOG_SQL_COMMENTS_OF_RUNS=settings.profile_load_tests,
        CANONICAL_LOG_EMF_NAMESPACE=settings.metrics_namespace,
        CANONICAL_LOG_EXCLUDED_PATHS=api.HEALTH_PATHS,
    )
    app.config.from_mapping(overrides)
    database.init_app(app, settings)
    app.extensions["canonical_log"] = canonical_log.init_app(app)
    database.watch_statements(app, settings)
    keys = settings.api_keys.get_secret_value() if settings.api_keys else None
    api.init_app(app, keys, settings.console_port)
    api.keep_lists(app, settings)
    if settings.proxy_hops:
        app.wsgi_app = Forwarded(app.wsgi_app, settings.proxy_hops)  # type: ignore[method-assign]  # Flask's documented way to wrap an app
    return app
