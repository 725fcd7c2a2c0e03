"""The lines of the files that a plan reads."""

# ruff: noqa: S608 - these modules exist to write SQL; every name and text in it is quoted

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import duckdb

from ..files import LogFile
from .events import Events
from .lines import lines_sql
from .searching import TooManyLines, matching_lines
from .selection import selected

_SAMPLE_LINES = 20_000
FILES_TABLE = "memory.main.files"


class Reading:
    """Which files each of a plan's events come from. Raises InsightsError for a log group that is
    not there.
    """

    def __init__(
        self,
        events: Sequence[Events],
        files: Sequence[LogFile],
        log_groups: Iterable[str] | None = None,
    ) -> None:
        """Choose each of the events' files by their SOURCE, else by these groups, else all."""
        usual = None if log_groups is None else {each.strip("/") for each in log_groups}
        self.warnings: list[str] = []
        self.found: list[str] = []  # tables of the lines that a search has found
        self.stores_rejects = False  # lines that cannot be read, in a table of the database
        self._files: list[tuple[Events, list[LogFile]]] = []
        for each in events:
            chosen, warnings = selected(files, each.sources)
            if usual is not None and not each.sources:
                chosen = [file for file in chosen if file.log.strip("/") in usual]
            self._files.append((each, chosen))
            self.warnings += warnings
        self.files = list(dict.fromkeys(file.path for _, chosen in self._files for file in chosen))

    @property
    def size_bytes(self) -> int:
        """What the files hold in all."""
        return sum(path.stat().st_size for path in self.files)

    def ctes(self, connection: duckdb.DuckDBPyConnection, *, mixed: bool) -> list[str]:
        """The relations of the events, as `name AS (...)`."""
        found = []
        self.found.clear()
        for number, (events, files) in enumerate(self._files):
            table = f"found_{number}"
            lines = _lines_sql(connection, events, files, table, damaged=mixed)
            self.found += [table] if table in lines else []
            self.stores_rejects |= "store_rejects" in lines
            found.append(f"lines_{events.name} AS NOT MATERIALIZED ({lines})")
            sql = events.sql(f"lines_{events.name}", mixed=mixed)
            found.append(f"{events.name} AS NOT MATERIALIZED ({sql})")
            if events.wants_sample:
                first = f"(FROM lines_{events.name} LIMIT {_SAMPLE_LINES})"
                sql = events.sql(first, mixed=mixed)
                found.append(f"{events.sample} AS NOT MATERIALIZED ({sql})")
        if mixed or any(events.wants_files for events, _ in self._files):
            self._describe(connection)
        return found

    def _describe(self, connection: duckdb.DuckDBPyConnection) -> None:
        """The table of the files: which group and stream they are of, when they were written."""
        connection.execute(
            "CREATE TABLE files (filename VARCHAR, log VARCHAR, stream VARCHAR, modified TIMESTAMP)"
        )
        files = {str(file.path): file for _, chosen in self._files for file in chosen}
        modified = (file.path.stat().st_mtime for file in files.values())
        columns = [
            list(files),
            [file.log for file in files.values()],
            [file.stream for file in files.values()],
            [datetime.fromtimestamp(each, UTC).replace(tzinfo=None) for each in modified],
        ]
        places = ", ".join(["unnest(?)"] * len(columns))
        connection.execute(f"INSERT INTO files SELECT {places}", columns)


def _lines_sql(
    connection: duckdb.DuckDBPyConnection,
    events: Events,
    files: list[LogFile],
    table: str,
    *,
    damaged: bool,
) -> str:
    """Where the lines come from: the few found by a text that all wanted lines contain, or all of
    them.
    """
    if not files:
        return "SELECT '' AS line, '' AS filename WHERE false"
    found = _search(events, files)
    if found is None:
        return lines_sql(files, damaged=damaged)
    connection.execute(f"CREATE TABLE {table} (line VARCHAR, filename VARCHAR)")
    if found:
        lines, paths = zip(*found, strict=True)
        values = [list(lines), list(paths)]
        connection.execute(f"INSERT INTO {table} SELECT unnest(?), unnest(?)", values)
    return f"SELECT line, filename FROM {table}"


def _search(events: Events, files: list[LogFile]) -> list[tuple[str | None, str]] | None:
    texts = [clause[0] for clause in events.clauses if len(clause) == 1]
    if not texts or any(file.is_compressed for file in files):
        return None
    try:
        return matching_lines([file.path for file in files], max(texts, key=len))
    except TooManyLines:
        return None
