"""The steps about log lines: unstructured, structured, correlated."""

import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, text

import canonical_log
from todo import create_app

from .step import Step, same

__all__ = ["Correlated", "Structured", "Unstructured"]

_AT_ONCE = 2
_WITHIN_S = 10.0


class Unstructured(Step):
    """Lines as Flask and SQLAlchemy write them by themselves."""

    def story(self) -> str:
        """Shows the lines of two requests at once."""
        lines = "\n".join(f"  {line}" for line in self._lines())
        return (
            "Two clients delete a todo each, at the same time. This is what an app leaves in its"
            f" log without further ado:\n\n{lines}\n\n"
            "To which of both requests does the second SELECT belong? How many of these lines name"
            " the request, its method and its path, that they belong to?"
        )

    def check(self, answer: str | None) -> str:
        """The number of lines that do."""
        same(answer, str(_AT_ONCE))
        return (
            "Only the access lines do. A line that does not say what it belongs to, in a field"
            " that a program finds, cannot be put together with the others once two requests are"
            " served at the same time."
        )

    def solution(self) -> str:
        """The right answer."""
        return str(_AT_ONCE)

    def _lines(self) -> list[str]:
        path = self.folder / "unstructured.log"
        if not path.exists():
            path.write_text("\n".join(_unstructured(self.folder)) + "\n", encoding="utf-8")
        return path.read_text(encoding="utf-8").splitlines()


class Structured(Step):
    """The same as JSON, with fields."""

    def story(self) -> str:
        """Says where the lines are, and how they are asked."""
        path = _structured(self.folder)
        return (
            f"TaskOverflow has answered a GET and a DELETE; its lines are in {path}. Each is a"
            " JSON object with an `event`, and says in fields what happened.\n\n"
            f"Look at the file, then ask it:\n\n"
            f"  todo insights --file {path} 'stats count(*) by event'\n\n"
            "How many statements were sent to the database (event `query`)?"
        )

    def check(self, answer: str | None) -> str:
        """The number of statements."""
        same(answer, self.solution())
        return (
            "Fields can be counted, filtered and added up, without a regular expression that"
            " breaks when somebody rewords a line."
        )

    def solution(self) -> str:
        """The right answer."""
        return str(sum(line["event"] == "query" for line in _read(_structured(self.folder))))


class Correlated(Step):
    """The ID that all lines of a request have in common."""

    def story(self) -> str:
        """Asks for an ID."""
        path = _structured(self.folder)
        fields = "fields http_method, http_route, http_status, correlation_id"
        return (
            "Each request has an ID, in the header X-Correlation-ID of its answer and on every line"
            " that it causes. Find the requests, and follow one:\n\n"
            f"  todo insights --file {path} 'filter event = \"request_finished\" | {fields}'\n"
            f"  todo trace --file {path} ID\n\n"
            "Which ID has the DELETE?"
        )

    def check(self, answer: str | None) -> str:
        """The ID of the request."""
        same(answer, self.solution())
        return (
            "One ID puts a request together again, however many others were served meanwhile. A"
            " load test gives each of its requests an ID, so that what k6 measured and what the"
            " server logged are the same request."
        )

    def solution(self) -> str:
        """The right answer."""
        found: str = next(
            line["correlation_id"]
            for line in _read(_structured(self.folder))
            if line.get("http_method") == "DELETE" and line["event"] == "request_finished"
        )
        return found


class _Collecting(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(asctime)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [" ".join(self.format(record).split())]


def _unstructured(folder: Path) -> list[str]:
    """The lines of two DELETEs at once, as two libraries log them that know nothing of each
    other.
    """
    engine = create_engine(f"sqlite:///{folder / 'unstructured.db'}")
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS todos"))
        connection.execute(text("CREATE TABLE todos (id INTEGER PRIMARY KEY, title TEXT)"))
        connection.execute(text("INSERT INTO todos VALUES (6, 'one'), (7, 'two')"))
    handler, access = _Collecting(), logging.getLogger("practice.access")
    loggers = [logging.getLogger("sqlalchemy.engine.Engine"), access]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
    together = threading.Barrier(_AT_ONCE)

    def delete(number: int) -> None:
        with engine.begin() as connection:
            connection.execute(text("SELECT * FROM todos WHERE id = :id"), {"id": number})
            together.wait(_WITHIN_S)
            connection.execute(text("DELETE FROM todos WHERE id = :id"), {"id": number})
        access.info('127.0.0.1 - - "DELETE /api/v1/todos/%s HTTP/1.1" 200 -', number)

    try:
        _at_once(delete, (6, 7))
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
        engine.dispose()
    return handler.lines


def _at_once(work: Callable[[int], None], numbers: tuple[int, ...]) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _structured(folder: Path) -> Path:
    """The file with TaskOverflow's lines of a GET and a DELETE, made where it is not there."""
    path = folder / "structured.ndjson"
    if path.exists():
        return path
    app: Flask = create_app({"SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:"})
    client = app.test_client()
    client.post("/api/v1/todos", json={"title": "to be deleted"})
    with path.open("w", encoding="utf-8") as file:
        canonical_log.configure(handler=logging.StreamHandler(file))
        client.get("/api/v1/todos")
        client.delete("/api/v1/todos/1")
        logging.getLogger().handlers.clear()
    return path


def _read(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
