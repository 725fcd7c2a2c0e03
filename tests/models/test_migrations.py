"""The migrations: up, down, equal to the models, and safe when several processes run them."""

import subprocess
import sys

import pytest
from alembic import command as alembic

from todo.migrations.migrate import MigrationLocked, migrating

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


def test_up_makes_the_tables_and_down_removes_them(new_database, execute):
    uri = new_database()
    with migrating(uri) as config:
        alembic.upgrade(config, "head")
    assert execute(uri, TABLES) == [("alembic_version",), ("todos",)]
    with migrating(uri) as config:
        alembic.downgrade(config, "base")
    assert execute(uri, TABLES) == [("alembic_version",)]


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_the_migrations_make_what_the_models_say(new_database, tmp_path, kind):
    uri = new_database() if kind == "postgresql" else f"sqlite:///{tmp_path}/todo.db"
    with migrating(uri) as config:
        alembic.upgrade(config, "head")
        alembic.check(config)


def test_several_processes_may_upgrade_at_once(new_database, execute, environment):
    uri = new_database()
    upgrades = [
        subprocess.Popen(
            [sys.executable, "-m", "todo.cli", "db", "upgrade"],
            env=environment | {"SQLALCHEMY_DATABASE_URI": uri},
            stderr=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    errors = [upgrade.communicate(timeout=60)[1] for upgrade in upgrades]
    assert [upgrade.returncode for upgrade in upgrades] == [0] * 4, errors
    assert execute(uri, "SELECT version_num FROM alembic_version") == [("0002",)]


def test_waiting_for_another_migration_has_an_end(new_database):
    uri = new_database()
    with (
        migrating(uri),
        pytest.raises(MigrationLocked, match="pg_stat_activity"),
        migrating(uri, lock_wait_s=0.2),
    ):
        pass


def test_the_lock_is_gone_after_a_migration_that_failed(new_database):
    uri = new_database()
    with pytest.raises(ZeroDivisionError), migrating(uri):
        raise ZeroDivisionError
    with migrating(uri, lock_wait_s=0.2) as config:
        alembic.upgrade(config, "head")


def test_a_database_that_is_away_is_told_in_a_line(environment):
    upgrade = subprocess.run(
        [sys.executable, "-m", "todo.cli", "db", "upgrade"],
        env=environment | {"SQLALCHEMY_DATABASE_URI": "postgresql://todo@127.0.0.1:1/todo"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert upgrade.returncode == 1
    assert upgrade.stderr.startswith(
        'Error: connection to server at "127.0.0.1", port 1 failed: Connection refused'
    )
    assert upgrade.stderr.count("\n") == 1
