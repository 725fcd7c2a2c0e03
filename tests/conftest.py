"""What every test may use: a real PostgreSQL, an app on it, and the same app in a real gunicorn."""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
import requests
from alembic import command as alembic
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, sync_playwright

from todo import create_app
from todo.migrations.migrate import migrating
from todo.serving.embedded_postgres import EmbeddedPostgres

_database_numbers = itertools.count(1)
# Folders with files that take a minute or so.
LONG = ("practice", "loadtest", "docs", "serving", "k6")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, so that at the end no process waits for the other. pytest-xdist
    keeps to that with its option --no-loadscope-reorder.
    """
    folders = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: min(folders.get(part, len(LONG)) for part in item.path.parts))


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> Iterator[None]:
    """No setting of the person who runs the tests gets into them."""
    kept = {
        name: os.environ.pop(name)
        for name in list(os.environ)
        if name.startswith(("TODO_", "SQLALCHEMY_"))
    }
    yield
    os.environ.update(kept)


@pytest.fixture(scope="session")
def postgres() -> Iterator[object]:
    """A PostgreSQL server of this test process's own."""
    folder = Path(
        tempfile.mkdtemp(prefix="todo-pg-")
    )  # short: a socket's path has at most 107 bytes
    server = EmbeddedPostgres(folder / "data")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def new_database(postgres) -> Callable[[], str]:
    """Call it for the URI of a new and empty database."""

    def create() -> str:
        name = f"test_{next(_database_numbers)}"
        execute(postgres.get_uri(), f"CREATE DATABASE {name}")
        return postgres.get_uri(database=name)

    return create


@pytest.fixture(scope="session")
def migrated_database(new_database) -> str:
    """The URI of a database with the newest schema, which the tests of this process share."""
    uri = new_database()
    with migrating(uri) as config:
        alembic.upgrade(config, "head")
    return uri


@pytest.fixture
def database(migrated_database) -> str:
    """The URI of the shared database, without a todo in it and with ids from 1."""
    execute(migrated_database, "TRUNCATE todos RESTART IDENTITY")
    return migrated_database


@pytest.fixture(scope="session")
def session_app(migrated_database) -> Flask:
    return create_app({"SQLALCHEMY_DATABASE_URI": migrated_database})


@pytest.fixture
def app(session_app, database) -> Flask:
    """The app on an empty database."""
    return session_app


@pytest.fixture
def client(app) -> FlaskClient:
    """A client of `app`."""
    return app.test_client()


@dataclass(frozen=True)
class Server:
    """A running `todo serve`."""

    url: str
    process: subprocess.Popen
    output: Path

    def get(self, path: str, **kwargs) -> requests.Response:
        return requests.get(self.url + path, timeout=30, **kwargs)

    def post(self, path: str, json: object, **kwargs) -> requests.Response:
        return requests.post(self.url + path, json=json, timeout=30, **kwargs)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


@pytest.fixture(scope="session")
def serve(tmp_path_factory) -> Callable[..., object]:
    """Call it for a context manager that runs `todo serve` with these options and environment
    variables.
    """

    @contextmanager
    def run(*options: str, **environment: str) -> Iterator[Server]:
        port = free_port()
        output = tmp_path_factory.mktemp("serve") / "output"
        with output.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "todo.cli", "serve", *options],
                env=os.environ | {"TODO_PORT": str(port), "TODO_WORKERS": "2"} | environment,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        server = Server(f"http://127.0.0.1:{port}", process, output)
        try:
            wait_until(lambda: answers(server) or process.poll() is not None, within_s=60)
            assert process.poll() is None, output.read_text()
            yield server
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    return run


@pytest.fixture(scope="session")
def session_server(serve, migrated_database) -> Iterator[Server]:
    with serve(SQLALCHEMY_DATABASE_URI=migrated_database) as server:
        yield server


@pytest.fixture
def server(session_server, database) -> Server:
    """The app in gunicorn, on an empty database."""
    return session_server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, from the system's package. While there is one, Playwright's event loop runs in this
    thread, and no other can.
    """
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, (
        "these tests need Chromium: apt-get install chromium (macOS: brew install chromium)"
    )
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment for a process that a test starts."""
    return dict(os.environ)


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The URL of moto's server, whose accounts are of this process."""
    from moto.server import ThreadedMotoServer  # which takes its time, and few tests want it

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def moto(moto_server, monkeypatch) -> dict[str, str]:
    """The variables by which boto3 and Terraform find an account without anything; they are set."""
    requests.post(f"{moto_server}/moto-api/reset", timeout=10)
    variables = {
        "AWS_ENDPOINT_URL": moto_server,
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "key",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A folder for the data. Not pytest's: as root, PostgreSQL is another user, whom pytest
    locks out of its own.
    """
    path = Path(tempfile.mkdtemp(prefix="todo-data-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session", name="execute")
def execute_fixture() -> Callable[..., list[tuple]]:
    """Runs one statement on a database, by its URI, and returns its rows."""
    return execute


@pytest.fixture(scope="session", name="wait_until")
def wait_until_fixture() -> Callable[..., None]:
    """Waits for a condition, and fails when it does not come within a time."""
    return wait_until


def execute(uri: str, statement: str, *parameters: object) -> list[tuple]:
    """Runs one statement on the database, outside of a transaction, and returns its rows."""
    connection = psycopg2.connect(uri)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def answers(server: Server) -> bool:
    try:
        return server.get("/api/v1/health").status_code in (200, 404)  # another app has none
    except requests.RequestException:
        return False


def free_port() -> int:
    """A port that is free, as is the next one, which the console takes."""
    while True:
        with socket.socket() as probe, socket.socket() as next_one:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            with suppress(OSError, OverflowError):
                next_one.bind(("127.0.0.1", port + 1))
                return port


def wait_until(condition: Callable[[], object], within_s: float) -> None:
    give_up = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < give_up, f"not within {within_s} s"
        time.sleep(0.05)
