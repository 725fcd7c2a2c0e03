"""What has to be done with texts in Python: once for each text, before the statement runs."""

# ruff: noqa: S608 - these modules exist to write SQL; every name and text in it is quoted

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..pipeline import Connection, Pipeline
from ..steps import SOURCE

_CHUNK = 2000  # rows in Python at a time


def mapped(
    pipeline: Pipeline, text: str, condition: str, function: Callable[[str], str | None]
) -> str:
    """A column of what the function makes of each text, null where the condition is not true."""
    texts, results = pipeline.context.names.table(), pipeline.context.names.table()
    result = pipeline.steps.new_column()

    def run(connection: Connection) -> None:
        connection.execute(f"CREATE TABLE {results} (before VARCHAR, after VARCHAR)")
        for chunk in chunks(connection, f"SELECT text FROM {texts}"):
            insert(connection, results, [(each, function(each)) for (each,) in chunk])

    select = f"SELECT DISTINCT {text} AS text FROM {SOURCE} WHERE {text} {condition}"
    pipeline.stage(select, texts, run)
    pipeline.steps.add(
        f"SELECT source.*, after AS {result} FROM {SOURCE} AS source"
        f" LEFT JOIN {results} ON {text} = before"
    )
    return result


def chunks(connection: Connection, sql: str) -> Iterator[list[Any]]:
    """The rows of a SELECT, some at a time."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(_CHUNK):
            yield rows


def insert(connection: Connection, table: str, rows: Sequence[Iterable[Any]]) -> None:
    """Add rows to a table, column by column, which is quicker than row by row."""
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        places = ", ".join(["unnest(?)"] * len(columns))
        connection.execute(f"INSERT INTO {table} SELECT {places}", columns)
