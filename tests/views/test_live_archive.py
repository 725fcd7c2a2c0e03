"""Every shipped query has an answer in the archive that a real server leaves under load."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import psutil
import psycopg2
import pytest
import requests
from alembic import command as alembic

from logs_insights import TimeRange, run_local
from todo.migrations.migrate import migrating
from todo.views.archive import archive_files
from todo.views.catalog import named_queries, named_query

# TaskOverflow itself asks no other service.
NAMES = [query.name for query in named_queries() if query.name != "outgoing_calls"]
TODOS = "/api/v1/todos"
WAITS = (
    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


@pytest.fixture(scope="module")
def archive(serve, new_database, tmp_path_factory, execute, wait_until):
    """The archive of a `todo serve --ship` that had load, refused requests, failed ones, and a
    worker killed.
    """
    folder = tmp_path_factory.mktemp("live")
    uri = new_database()
    with migrating(uri) as config:
        alembic.upgrade(config, "head")
    environment = {
        "SQLALCHEMY_DATABASE_URI": uri,
        "TODO_SPOOL_DIR": str(folder / "spool"),
        "TODO_ARCHIVE_DIR": str(folder / "logs"),
        "TODO_STATEMENT_TIMEOUT_MS": "1000",
    }
    with serve("--ship", **environment) as server:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda number: _use(server, number), range(40)))
        _fail_and_kill(server, uri, execute, wait_until)
        assert server.stop() == 0
    return folder / "logs"


def _use(server, number):
    headers = (
        {"X-Run-ID": "run-1", "X-Amzn-Trace-Id": f"Root=1-67891233-{number:024x}"} if number else {}
    )
    with requests.Session() as session:
        session.headers.update(headers)
        todo = session.post(server.url + TODOS, json={"title": f"todo {number}"}, timeout=30).json()
        for path in (TODOS, f"{TODOS}/{todo['id']}", f"{TODOS}?window=soon", "/nowhere"):
            session.get(server.url + path, timeout=30)


def _fail_and_kill(server, uri, execute, wait_until):
    """A statement that waits for a lock: the first request gets a 503, the second loses its worker
    meanwhile.
    """
    with psycopg2.connect(uri) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE todos")
        assert server.get(f"{TODOS}/1").status_code == 503
        with ThreadPoolExecutor(1) as thread:
            lost = thread.submit(server.get, f"{TODOS}/1")
            wait_until(lambda: execute(uri, WAITS), within_s=10)
            for worker in _workers(server):
                os.kill(worker.pid, signal.SIGKILL)
            assert isinstance(lost.exception(), requests.ConnectionError)
        connection.rollback()
    connection.close()


def _workers(server):
    children = psutil.Process(server.process.pid).children()
    [master] = [child for child in children if any("gunicorn" in part for part in child.cmdline())]
    return master.children()


@pytest.mark.parametrize("name", NAMES)
def test_every_query_has_rows(archive, name):
    answer = run_local(named_query(name).text, archive_files(archive, "taskoverflow", TimeRange()))
    assert answer.records()
    assert answer.statistics.records_matched > 0
