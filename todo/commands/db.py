"""`todo db`: the schema of the database in SQLALCHEMY_DATABASE_URI."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from alembic import command as alembic
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import OperationalError

from ..config import ConfigError
from ..migrations.migrate import MigrationLocked, migrating
from ..migrations.role import let_in
from ._settings import current_settings

__all__ = ["command"]


@click.group("db")
def command() -> None:
    """Move the database's schema to another revision, or compare it with the models."""


@command.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Migrate up to REVISION, or to the newest. Several processes may do this at once.

    With TODO_DATABASE_ROLE and TODO_DATABASE_ROLE_PASSWORD set, the app can then connect as this
    role, which may read and write todos and nothing else.
    """
    settings = current_settings()
    role, password = settings.database_role, settings.database_role_password
    if (role is None) != (password is None):
        raise ConfigError("TODO_DATABASE_ROLE and TODO_DATABASE_ROLE_PASSWORD go together.")
    with _database() as config:
        alembic.upgrade(config, revision)
        if role is not None and password is not None:
            let_in(config.attributes["connection"], role, password.get_secret_value())


@command.command()
@click.argument("revision", default="-1")
def downgrade(revision: str) -> None:
    """Migrate down to REVISION, or by one step."""
    with _database() as config:
        alembic.downgrade(config, revision)


@command.command()
def check() -> None:
    """Fail when the models have something that no migration makes."""
    with _database() as config:
        alembic.check(config)


@command.command()
@click.argument("message")
def revision(message: str) -> None:
    """Write a migration, called MESSAGE, for what the models have and the database lacks."""
    with _database() as config:
        alembic.revision(config, message, autogenerate=True)


@contextmanager
def _database() -> Iterator[Config]:
    uri = current_settings().sqlalchemy_database_uri
    if uri is None:
        raise ConfigError(
            "SQLALCHEMY_DATABASE_URI is not set: give the URL of the database to migrate."
        )
    try:
        with migrating(uri.get_secret_value()) as config:
            yield config
    except OperationalError as error:
        raise click.ClickException(_reason(error)) from None
    except (CommandError, MigrationLocked) as error:
        raise click.ClickException(str(error)) from None


def _reason(error: OperationalError) -> str:
    """The driver's words on one line; about a password, with what to do."""
    words = " ".join(str(error.orig).split())
    if "password authentication failed" not in words:
        return words
    return (
        f"{words}. A database keeps the password that it was made with: give that one, "
        "or change it there with ALTER ROLE (under docker-compose, `docker-compose down --volumes` "
        "begins with an empty database)."
    )
