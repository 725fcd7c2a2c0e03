"""The WSGI app that gunicorn serves: TaskOverflow's own, or another one's by its factory."""

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import canonical_log

from ..config import ConfigError, load_settings
from .profiler import Profiled

__all__ = ["application", "check_factory", "factory_of"]

_NOTHING = "there is no {what}: write FILE.py:FACTORY or MODULE:FACTORY, such as slow.py:create_app"


def application() -> Any:
    """The app that the factory in `TODO_APP` makes. One of Flask's that has no canonical lines of
    its own gets them.

    Raises ConfigError when there is no such factory.
    """
    settings = load_settings()
    app = factory_of(settings.app)()
    is_flask = hasattr(app, "wsgi_app")
    if is_flask and "canonical_log" not in app.extensions:
        app.config.setdefault("CANONICAL_LOG_SQL_COMMENTS_OF_RUNS", settings.profile_load_tests)
        app.extensions["canonical_log"] = canonical_log.init_app(app)
    if not settings.profile_load_tests:
        return app
    uri = settings.sqlalchemy_database_uri
    database = uri.get_secret_value() if uri else None
    if not is_flask:
        return Profiled(app, database, settings.threads)
    app.wsgi_app = Profiled(app.wsgi_app, database, settings.threads)
    return app  # whose extensions the worker reads


def factory_of(spec: str) -> Callable[[], Any]:
    """The callable that is meant by `FILE.py:NAME` or `MODULE:NAME`. Raises ConfigError."""
    where, _, name = spec.rpartition(":")
    check_factory(spec)
    try:
        module = _of_file(Path(where)) if where.endswith(".py") else importlib.import_module(where)
    except ModuleNotFoundError as error:
        if error.name != where:
            raise
        raise ConfigError(_NOTHING.format(what=f"module {where}")) from None
    factory: Callable[[], Any] | None = getattr(module, name, None)
    if not callable(factory):
        raise ConfigError(_NOTHING.format(what=f"factory {name} in {where}"))
    return factory


def check_factory(spec: str) -> None:
    """Raises ConfigError for what can be no factory, without importing anything."""
    where, _, name = spec.rpartition(":")
    if not where or not name.isidentifier():
        raise ConfigError(_NOTHING.format(what=f"factory {spec!r}"))
    if where.endswith(".py") and not Path(where).is_file():
        raise ConfigError(_NOTHING.format(what=f"file {where}"))


def _of_file(path: Path) -> ModuleType:
    """The module in the file, which may import its neighbours."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ConfigError(_NOTHING.format(what=f"module in {path}"))
    sys.path.insert(0, str(path.resolve().parent))
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
