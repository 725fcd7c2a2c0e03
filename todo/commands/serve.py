"""`todo serve`: the API in gunicorn, with a PostgreSQL and a shipper of its own where they are
wanted.
"""

import errno
import ipaddress
import os
import socket
import sys
import threading
import time

import click

from ..config import Settings
from ..serving.application import check_factory
from ..serving.folder_lock import FolderTaken, Owner, owner_of
from ..serving.listener import answers, base_url, bound_socket, is_taskoverflow, pid_of_listener
from ..serving.supervised import (
    StartError,
    gunicorn_command,
    require_postgres,
    serve_supervised,
)
from ._settings import current_settings

__all__ = ["command"]


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
    uri = settings.sqlalchemy_database_uri
    if uri is None:
        require_postgres()
        _require_folder(settings)
    listener = _listen(settings)
    if settings.api_keys is None and not _is_local(settings.host):
        _say(
            f"whoever reaches {settings.host}:{settings.port} may read and change everything: "
            "TODO_API_KEYS is not set (make a key with `todo keys new`)"
        )
    if migrate and uri:
        _migrate(uri.get_secret_value())
    if ship or uri is None:
        sys.exit(_serve_supervised(settings, listener, ship=ship))
    sys.stdout.flush()
    listener.set_inheritable(True)
    gunicorn = gunicorn_command(listener)
    os.execv(gunicorn[0], gunicorn)  # noqa: S606  # no shell is wanted: gunicorn takes this process's place


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _serve_supervised(settings: Settings, listener: socket.socket, *, ship: bool) -> int:
    threading.Thread(target=_announce, args=(settings,), daemon=True).start()
    try:
        return serve_supervised(settings, listener, _say, ship=ship, migrate=_migrate)
    except FolderTaken as error:
        raise click.ClickException(_folder_taken(settings, error.owner)) from None
    except StartError as error:
        raise click.ClickException(str(error)) from None


def _require_folder(settings: Settings) -> None:
    """Looks before the port is tried, which the same server has: the folder says more."""
    owner = owner_of(settings.state_dir)
    if owner and owner.is_alive():
        raise click.ClickException(_folder_taken(settings, owner))


def _folder_taken(settings: Settings, owner: Owner | None) -> str:
    who = f"on {owner.url} (pid {owner.pid})" if owner else "(it is just starting)"
    return (
        f"TaskOverflow already runs {who}, with its data in {settings.state_dir}. Stop it with "
        f"`make stop` (or `todo stop`), or give this one data and a port of its own: "
        f"TODO_STATE_DIR={settings.state_dir}2 TODO_PORT={settings.port + 10}."
    )


def _listen(settings: Settings) -> socket.socket:
    try:
        return bound_socket(settings.host, settings.port)
    except OSError as error:
        raise click.ClickException(_not_bound(settings, error)) from None


def _not_bound(settings: Settings, error: OSError) -> str:
    address = f"{settings.host}:{settings.port}"
    if error.errno != errno.EADDRINUSE:
        return f"cannot listen on {address}, which TODO_HOST and TODO_PORT say: {error.strerror}."
    is_ours = is_taskoverflow(base_url(settings.host, settings.port))
    who = "TaskOverflow already runs" if is_ours else "Something else listens"
    pid = pid_of_listener(settings.port)
    whose, how = (f" (pid {pid})", f"kill {pid}") if pid else ("", f"see lsof -i :{settings.port}")
    return (
        f"{who} on {address}{whose}. Stop it ({how}), or choose another port: "
        f"make run PORT={settings.port + 10} (or TODO_PORT={settings.port + 10})."
    )


def _migrate(uri: str) -> None:
    from alembic import command as alembic

    from ..migrations.migrate import migrating

    _say("migrating the database")
    with migrating(uri) as config:
        alembic.upgrade(config, "head")


def _announce(settings: Settings) -> None:
    """Says where the API is as soon as it answers."""
    url = base_url(settings.host, settings.port)
    while not answers(f"{url}/api/v1/health"):
        time.sleep(0.1)
    _say(f"serving on {url} (API description: {url}/api/docs). Ctrl-C stops it.")
    what = """-H 'Content-Type: application/json' -d '{"title": "Try it"}'"""
    click.echo(f"Try, in another terminal:\n\n  curl -i {url}/api/v1/todos {what}\n", err=True)


def _say(text: str) -> None:
    click.echo(f"taskoverflow: {text}", err=True)
