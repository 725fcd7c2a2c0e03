"""The index of the log files: where the lines of an ID are, and the minutes' figures.

It is an SQLite file that can be deleted at any time, and is then made again. It grows and shrinks
with the archive.
"""

import sqlite3
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from .histogram import Merged, packed, unpacked
from .summary import Cell, Kind, Summary

__all__ = ["Described", "Index", "Total", "hash_of"]

_VERSION = 2
_BUSY_S = 10
_MOST = 2000  # fields, and plans
_LONGEST_NAME = 128
_FIGURES = "n, errors, total_ms, db_ms, queries, n_plus_one, buckets, example, example_ms"
_SUMS = "sum(n), sum(errors), sum(total_ms), sum(db_ms), sum(queries), sum(n_plus_one)"
_WITHIN = "WHERE kind = ? AND minute BETWEEN ? AND ?"
_TABLES = f"""
BEGIN;
CREATE TABLE file (number INTEGER PRIMARY KEY, path TEXT UNIQUE, offset INTEGER, minute INTEGER);
CREATE TABLE block (hash INTEGER, file INTEGER, block INTEGER,
                    PRIMARY KEY (hash, file, block)) WITHOUT ROWID;
CREATE TABLE cell (kind TEXT, minute INTEGER, key TEXT, {_FIGURES},
                   PRIMARY KEY (kind, minute, key)) WITHOUT ROWID;
CREATE TABLE statement (key TEXT PRIMARY KEY, text TEXT, origin TEXT) WITHOUT ROWID;
CREATE TABLE plan (key TEXT PRIMARY KEY, plan TEXT, finding TEXT) WITHOUT ROWID;
CREATE TABLE field (name TEXT PRIMARY KEY) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
COMMIT;
"""


class Total(NamedTuple):
    """A route or statement in a range of time: all of it, and by minute how often and how long."""

    key: str
    cell: Cell
    minutes: dict[int, tuple[int, float]]


class Described(NamedTuple):
    """A statement: its text, the code that sent it, its plan, and what is wrong with that."""

    text: str
    origin: str | None
    plan: str | None
    finding: str | None


def hash_of(correlation_id: str) -> int:
    """32 bits of an ID. Two IDs that share them only make more lines to be looked at."""
    return zlib.crc32(correlation_id.encode())


class Index:
    """The index in a file. One that is no index, or an old one, is replaced. For one thread."""

    def __init__(self, at: Path) -> None:
        """Opens or makes it. Raises OSError and sqlite3.Error where that cannot be."""
        at.parent.mkdir(parents=True, exist_ok=True)
        self._connection = _connected(at)
        with suppress(sqlite3.DatabaseError):
            if self._version() == _VERSION:
                return
        self._connection.close()
        for name in (at.name, f"{at.name}-wal", f"{at.name}-shm"):
            at.with_name(name).unlink(missing_ok=True)
        self._connection = _connected(at)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        """Closes it."""
        self._connection.close()

    def _version(self) -> int:
        version: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        return version

    def offset(self, path: str) -> int:
        """How many bytes of the file of this path are in the index."""
        found = self._connection.execute("SELECT offset FROM file WHERE path = ?", (path,))
        row: tuple[int] | None = found.fetchone()
        return row[0] if row else 0

    def add(
        self, path: str, offset: int, blocks: Iterable[tuple[int, int]], summary: Summary
    ) -> None:
        """Takes in a file's lines up to `offset`, all or nothing. `blocks` are an ID's hash and in
        which block of the file it is.
        """
        first = min((minute for _, minute, _ in summary.cells), default=None)
        with self._connection as connection:
            [(file,)] = connection.execute(
                "INSERT INTO file (path, offset, minute) VALUES (?1, ?2, ?3) ON CONFLICT (path)"
                " DO UPDATE SET offset = ?2, minute = min(coalesce(minute, ?3), ?3)"
                " RETURNING number",
                (path, offset, first),
            ).fetchall()
            connection.executemany(
                "INSERT OR IGNORE INTO block VALUES (?, ?, ?)",
                ((hashed, file, block) for hashed, block in blocks),
            )
            for (kind, minute, key), cell in summary.cells.items():
                self._merge(kind, minute, key, cell)
            self._describe(summary)

    def _describe(self, summary: Summary) -> None:
        for key, text in summary.texts.items():
            self._connection.execute(
                "INSERT INTO statement VALUES (?1, ?2, ?3)"
                " ON CONFLICT (key) DO UPDATE SET origin = coalesce(?3, origin)",
                (key, text, summary.origins.get(key)),
            )
        for table, rows in (
            ("plan", [(key, *plan) for key, plan in summary.plans.items()]),
            ("field", [(name,) for name in summary.fields if len(name) <= _LONGEST_NAME]),
        ):
            for row in rows:
                self._connection.execute(
                    f"INSERT OR REPLACE INTO {table} SELECT {', '.join('?' * len(row))}"  # noqa: S608  # our own names
                    f" WHERE (SELECT count(*) FROM {table}) < {_MOST}",
                    row,
                )

    def _merge(self, kind: Kind, minute: int, key: str, cell: Cell) -> None:
        place = (kind, minute, key)
        row = self._connection.execute(
            f"SELECT {_FIGURES} FROM cell WHERE kind = ? AND minute = ? AND key = ?",  # noqa: S608  # our own names
            place,
        ).fetchone()
        merged = _cell(row) if row else Cell()
        merged.merge(cell)
        figures = (merged.n, merged.errors, merged.total_ms, merged.db_ms, merged.queries)
        more = (merged.n_plus_one, packed(merged.buckets), merged.example, merged.example_ms)
        self._connection.execute(
            "INSERT OR REPLACE INTO cell VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*place, *figures, *more),
        )

    def keep_only(self, paths: Iterable[str]) -> None:
        """Forgets the files that are gone, and the minutes before those that are left."""
        here = set(paths)
        gone = [
            (number,)
            for number, path in self._connection.execute("SELECT number, path FROM file").fetchall()
            if path not in here
        ]
        if not gone:
            return
        with self._connection as connection:
            connection.executemany("DELETE FROM file WHERE number = ?", gone)
            connection.execute("DELETE FROM block WHERE file NOT IN (SELECT number FROM file)")
            connection.execute("DELETE FROM cell WHERE minute < (SELECT min(minute) FROM file)")

    def blocks(self, correlation_id: str, most: int) -> list[tuple[str, int]]:
        """In which blocks of which files an ID is, the newest `most` of them."""
        return self._connection.execute(
            "SELECT path, block FROM block JOIN file ON number = file WHERE hash = ?"
            " ORDER BY file DESC, block DESC LIMIT ?",
            (hash_of(correlation_id), most),
        ).fetchall()

    def totals(self, kind: Kind, first_minute: int, last_minute: int, most: int) -> list[Total]:
        """The routes or statements between two minutes, both inclusive, that took the most time."""
        within = (kind, first_minute, last_minute)
        rows = self._connection.execute(
            f"SELECT key, {_SUMS}, merged(buckets), example, max(example_ms) FROM cell {_WITHIN}"  # noqa: S608  # our own names
            " GROUP BY key ORDER BY sum(total_ms) DESC LIMIT ?",
            (*within, most),
        ).fetchall()
        found = {key: Total(key, _cell(figures), {}) for key, *figures in rows}
        for key, minute, n, total_ms in self._connection.execute(
            f"SELECT key, minute, n, total_ms FROM cell {_WITHIN}",  # noqa: S608  # our own names
            within,
        ):
            if key in found:
                found[key].minutes[minute] = (n, total_ms)
        return list(found.values())

    def described(self, key: str) -> Described:
        """What is known of a statement."""
        row = self._connection.execute(
            "SELECT text, origin, plan, finding FROM (SELECT ? AS key)"
            " LEFT JOIN statement USING (key) LEFT JOIN plan USING (key)",
            (key,),
        ).fetchone()
        return Described(row[0] or key, *row[1:])

    def fields(self) -> list[str]:
        """The names of the fields that the lines have."""
        rows = self._connection.execute("SELECT name FROM field ORDER BY name")
        return [name for (name,) in rows]


def _connected(at: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(at, timeout=_BUSY_S)
    connection.create_aggregate("merged", 1, Merged)  # type: ignore[arg-type]  # typed for integers
    return connection


def _cell(figures: Iterable[Any]) -> Cell:
    n, errors, total_ms, db_ms, queries, n_plus_one, buckets, example, example_ms = figures
    counted = unpacked(buckets)
    return Cell(n, errors, total_ms, db_ms, queries, n_plus_one, counted, example, example_ms)
