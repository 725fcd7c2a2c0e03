"""Runs queries on files of events with DuckDB."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from ..errors import InsightsError
from ..files import LogFile, named_files
from ..language.parsing import parse
from ..results import Results, Statistics, written
from ..time_range import TimeRange
from . import profile
from .compiling import Plan, compile_query
from .connection import MEMORY_LIMIT, connect, define_macros
from .reading import Reading
from .unknown_fields import warnings_about

__all__ = ["MEMORY_LIMIT", "run_local"]

_NO_HINT = "SELECT NULL WHERE false"  # what it would read twice might be counted twice
_ESTIMATE = "estimatedBytes"


def run_local(
    text: str,
    files: Iterable[LogFile | Path | str],
    time_range: TimeRange | None = None,
    *,
    log_groups: Iterable[str] | None = None,
    limit: int | None = None,
    lookup_tables: Mapping[str, Path | str] | None = None,
) -> Results:
    """The answer to a query over files, each with an event a line.

    A path stands for the only file of its log stream, see `named_files`; give a LogFile to name
    group, stream and tags otherwise. Lines that are not UTF-8, or longer than an event can be, are
    skipped and counted in `statistics.records_skipped`. No file at all is no event.

    `log_groups` are those that a query without SOURCE is about, by default all that there are files
    of. `limit` is the most rows of the answer, below what the query itself says; without either it
    is 10,000. `lookup_tables` are the CSV files, with a header, of `lookup` and `cidrlookup`, by
    name.

    Raises QueryError when the query is refused, InsightsError when a file cannot be read. Memory is
    bounded by MEMORY_LIMIT, beyond which the database spills to a temporary folder.
    """
    query = parse(text)
    paths = {name: Path(path) for name, path in (lookup_tables or {}).items()}
    plan = compile_query(query, limit=limit, time_range=time_range, tables=paths)
    reading = Reading(plan.events, list(_log_files(files)), log_groups)
    if plan.only_estimates:
        return _estimated(reading)
    if not reading.files:
        return Results([name for name, _ in plan.columns], [], Statistics(0, 0, 0), plan.warnings)
    try:
        results = _answer(plan, reading, mixed=False)
    except duckdb.InvalidInputException:  # a line that is no JSON, in all likelihood
        results = _answer(plan, reading, mixed=True)
    noticed = (*plan.warnings, *reading.warnings, *warnings_about(query, plan, reading, results))
    return Results(results.columns, results.rows, results.statistics, tuple(dict.fromkeys(noticed)))


def _log_files(files: Iterable[LogFile | Path | str]) -> Iterator[LogFile]:
    for file in files:
        yield from [file] if isinstance(file, LogFile) else named_files([file])


def _estimated(reading: Reading) -> Results:
    row = [{"field": _ESTIMATE, "value": str(reading.size_bytes)}]
    return Results([_ESTIMATE], [row], Statistics(0, 0, 0), tuple(reading.warnings))


def _answer(plan: Plan, reading: Reading, *, mixed: bool) -> Results:
    with connect() as connection:
        counts = profile.Counts()
        try:
            events = reading.ctes(connection, mixed=mixed)
            for stage in plan.stages:
                sql = _statement((*events, *stage.ctes), stage.select)
                if stage.is_hint and (mixed or reading.stores_rejects or reading.found):
                    sql = _NO_HINT
                _run(connection, f"CREATE TABLE {stage.table} AS {sql}")
                if not stage.is_hint:
                    counts.add(connection)
                stage.then(connection)
            fetched = _run(connection, _statement((*events, *plan.ctes), plan.select)).fetchall()
            counts.add(connection)
        except duckdb.IOException as error:
            raise InsightsError(f"a file cannot be read: {error}") from error
        except duckdb.OutOfMemoryException as error:
            raise InsightsError(
                f"the query needs more than {MEMORY_LIMIT} of memory: narrow its time range, or"
                " filter before it sorts and groups"
            ) from error
        names = [name for name, _ in plan.columns]
        return Results(names, _rows(names, fetched), counts.statistics(connection, reading))


def _run(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyConnection:
    define_macros(connection, sql)
    return connection.execute(sql)


def _statement(ctes: Sequence[str], select: str) -> str:
    return f"WITH {', '.join(ctes)} {select}"


def _rows(names: list[str], fetched: list[tuple[object, ...]]) -> list[list[dict[str, str]]]:
    return [
        [
            {"field": name, "value": value}
            for name, value in zip(names, map(written, row), strict=True)
            if value is not None
        ]
        for row in fetched
    ]
