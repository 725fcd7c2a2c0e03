"""Runs queries on files of events with DuckDB."""

# ruff: noqa: S608 - this writes SQL; every name and text that goes into it is quoted

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from ..errors import InsightsError, QueryError
from ..files import LogFile, named_files
from ..language.descent import regexes
from ..language.literals import plain_groups
from ..language.parsing import parse
from ..language.syntax import Query
from ..results import DEFAULT_LIMIT, Results, Statistics, written
from ..time_range import TimeRange
from . import addresses, discovery, values
from .compiling import Plan, compile_query
from .discovery import events_sql
from .searching import TooManyLines, matching_lines
from .values import quoted

MEMORY_LIMIT = "1GB"  # of the database; beyond it, it spills to a temporary folder
_MAX_LINE_BYTES = (
    1_100_000  # an event has at most 1 MB (AWS, "CloudWatch Logs quotas", read 2026-11)
)
_BUFFER_BYTES = 4_000_000
_DELIMITER = "\x01\x02\x03\x04"  # of columns, of which a line has one: in no text
_MAX_REJECTS = 10_000  # lines that are too long or not UTF-8 are counted up to here
_FILES_TABLE = "memory.main.files"


def run_local(
    text: str,
    files: Iterable[LogFile | Path | str],
    time_range: TimeRange | None = None,
    *,
    limit: int = DEFAULT_LIMIT,
) -> Results:
    """The answer to a query over files, each with an event a line; `limit` counts rows.

    A path stands for the only file of its log stream, see `named_files`; give a LogFile to name
    group and stream otherwise. Lines that are not UTF-8, or longer than an event can be, are
    skipped and counted in `statistics.records_skipped`. No file at all is no event.

    Raises QueryError when the query is refused, InsightsError when a file cannot be read. Memory is
    bounded by MEMORY_LIMIT, beyond which the database spills to a temporary folder.
    """
    time_range = time_range or TimeRange()
    query = parse(text)
    plan = compile_query(query, limit=limit, time_range=time_range)
    listed = list(_log_files(files))
    if not listed:
        return Results([name for name, _ in plan.columns], [], Statistics(0, 0, 0))
    _check_regexes(query)
    try:
        return _answer(plan, listed, time_range, mixed=False)
    except duckdb.InvalidInputException:  # a line that is no JSON, in all likelihood
        return _answer(plan, listed, time_range, mixed=True)


def _log_files(files: Iterable[LogFile | Path | str]) -> Iterator[LogFile]:
    for file in files:
        yield from [file] if isinstance(file, LogFile) else named_files([file])


def _connect(*, mixed: bool) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET enable_profiling = 'no_output'")
    definitions = [*values.MACROS, *addresses.MACROS, *discovery.MACROS]
    if mixed:
        definitions += discovery.MIXED_MACROS
    connection.execute(";".join(("BEGIN", *definitions, "COMMIT")))
    return connection


def _check_regexes(query: Query) -> None:
    for regex in regexes(query.commands):
        try:
            duckdb.execute("SELECT regexp_matches('', ?)", [plain_groups(regex.pattern)])
        except duckdb.InvalidInputException as error:
            raise QueryError(
                f"this is not a regular expression: {error}", query.text, regex.at
            ) from None


def _answer(plan: Plan, files: Sequence[LogFile], time_range: TimeRange, *, mixed: bool) -> Results:
    with _connect(mixed=mixed) as connection:
        lines = _lines_sql(connection, plan, files)
        if mixed or plan.system & {"@log", "@logStream"}:
            _describe_files(connection, files)
        events = events_sql(plan.fields, plan.system, plan.clauses, time_range, mixed=mixed)
        steps = "".join(f", step_{number} AS ({sql})" for number, sql in enumerate(plan.steps, 1))
        sql = f"WITH lines AS ({lines}), events AS ({events}){steps} {plan.select}"
        return _fetch(connection, sql, plan, files)


def _fetch(
    connection: duckdb.DuckDBPyConnection, sql: str, plan: Plan, files: Sequence[LogFile]
) -> Results:
    try:
        fetched = connection.execute(sql).fetchall()
    except duckdb.IOException as error:
        raise InsightsError(f"a file cannot be read: {error}") from error
    names = [name for name, _ in plan.columns]
    rows = [
        [
            {"field": name, "value": value}
            for name, value in zip(names, map(written, row), strict=True)
            if value is not None
        ]
        for row in fetched
    ]
    return Results(names, rows, _statistics(connection, files))


def _lines_sql(connection: duckdb.DuckDBPyConnection, plan: Plan, files: Sequence[LogFile]) -> str:
    """Where the lines come from: the few found by a text that all wanted lines contain, or all of
    them.
    """
    connection.execute("CREATE TABLE found (line VARCHAR, filename VARCHAR)")
    found = _search(plan, files)
    if found is None:
        return " UNION ALL ".join(
            _read_sql(group, kind) for group, kind in _by_compression(files) if group
        )
    if found:
        lines, paths = zip(*found, strict=True)
        connection.execute(
            "INSERT INTO found SELECT unnest(?), unnest(?)", [list(lines), list(paths)]
        )
    return "SELECT line, filename FROM found"


def _search(plan: Plan, files: Sequence[LogFile]) -> list[tuple[str | None, str]] | None:
    texts = [clause[0] for clause in plan.clauses if len(clause) == 1]
    if not texts or any(file.is_compressed for file in files):
        return None
    try:
        return matching_lines([file.path for file in files], max(texts, key=len))
    except TooManyLines:
        return None


def _by_compression(files: Sequence[LogFile]) -> list[tuple[list[LogFile], str]]:
    plain = [file for file in files if not file.is_compressed]
    return [(plain, "none"), ([file for file in files if file.is_compressed], "gzip")]


def _read_sql(files: Sequence[LogFile], compression: str) -> str:
    """Each line as one text; nothing in it is a delimiter, a quote or an escape."""
    paths = ", ".join(quoted(str(file.path)) for file in files)
    return (
        f"SELECT line, filename FROM read_csv([{paths}], columns = {{'line': 'VARCHAR'}},"
        f" filename = true, compression = '{compression}', header = false, auto_detect = false,"
        f" delim = '{_DELIMITER}', quote = '', escape = '', strict_mode = false,"
        f" store_rejects = true, rejects_limit = {_MAX_REJECTS},"
        f" max_line_size = {_MAX_LINE_BYTES}, buffer_size = {_BUFFER_BYTES})"
    )


def _describe_files(connection: duckdb.DuckDBPyConnection, files: Sequence[LogFile]) -> None:
    connection.execute(
        "CREATE TABLE files (filename VARCHAR, log VARCHAR, stream VARCHAR, modified TIMESTAMP)"
    )
    columns = [
        [str(file.path) for file in files],
        [file.log for file in files],
        [file.stream for file in files],
        [
            datetime.fromtimestamp(file.path.stat().st_mtime, UTC).replace(tzinfo=None)
            for file in files
        ],
    ]
    connection.execute(
        "INSERT INTO files SELECT unnest(?), unnest(?), unnest(?), unnest(?)", columns
    )


def _statistics(connection: duckdb.DuckDBPyConnection, files: Sequence[LogFile]) -> Statistics:
    profile = json.loads(connection.get_profiling_information(format="json"))
    counts = _Counts()
    for operator in profile["operator"]:
        counts.visit(operator)
    rejected = _count(connection, "SELECT count(*) FROM reject_errors") if counts.reads_files else 0
    undecodable = _count(connection, "SELECT count(*) FROM found WHERE line IS NULL")
    return Statistics(
        records_matched=counts.matched,
        records_scanned=counts.scanned + rejected,
        bytes_scanned=sum(file.path.stat().st_size for file in files),
        records_skipped=rejected + undecodable,
    )


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0] or 0) if row else 0


class _Counts:
    """Reads off the database's profile how many lines it read, and how many passed the last
    filter.
    """

    _NARROWING = frozenset(("FILTER", "STREAMING_LIMIT", "PROJECTION", "UNION", "TABLE_SCAN"))

    def __init__(self) -> None:
        self.scanned = 0
        self.matched = 0
        self.reads_files = False

    def visit(self, operator: dict[str, Any]) -> bool:
        """Whether the operator and everything below it only narrow the lines."""
        below = [self.visit(child) for child in operator.get("children", ())]
        rows = operator["intermediate_rows"]
        source = operator["extra_info"]
        if not below and source.get("Table") != _FILES_TABLE:
            self.scanned += rows
            self.reads_files |= source.get("Function") == "READ_CSV"
        narrows = operator["type"] in self._NARROWING and all(below)
        if narrows:
            self.matched = rows
        return narrows
