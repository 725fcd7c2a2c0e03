"""Reads what is new in the log files into the index, and tells who listens."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import orjson

from logs_insights import InsightsError, LogFile

from .index import Index, hash_of
from .summary import Line, Summary

__all__ = ["Follower", "lines_of_block", "name_of"]

Readable = BinaryIO | gzip.GzipFile

BLOCK_BYTES = 128 * 1024
_CHUNK_BYTES = 32 * BLOCK_BYTES
_TOLD_BYTES = 1024 * 1024
_LONGEST_LINE_BYTES = (
    1024 * 1024
)  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
_LIST_EVERY_S = 2.0


class Follower:
    """What is new in `files()`, whenever `look` is called. `on_lines` gets the last lines that were
    there at the beginning, once all of it is read, and from then on what comes.
    """

    def __init__(
        self,
        index: Callable[[], Index],
        files: Callable[[], Sequence[LogFile]],
        on_lines: Callable[[list[Line]], None],
    ) -> None:
        """`index` opens the index, in the thread that looks."""
        self._open = index
        self._files = files
        self._on_lines = on_lines
        self._offsets: dict[Path, int] = {}  # of the files that are listed
        self._list_at = 0.0
        self._stopped = threading.Event()
        self.is_current = threading.Event()
        self.problem: str | None = None
        """Why there is nothing to read."""
        self.read_bytes = 0
        self.total_bytes = 0

    def run(self, look_every_s: float) -> None:
        """Looks until `stop` is called."""
        index = self._open()
        try:
            while not self._stopped.wait(look_every_s if self.is_current.is_set() else 0.01):
                self.look(index)
        finally:
            index.close()

    def stop(self) -> None:
        """Ends `run`."""
        self._stopped.set()

    def look(self, index: Index) -> None:
        """Reads at most a chunk of each file."""
        if time.monotonic() >= self._list_at:
            self._list(index)
        is_all = True
        for path in self._offsets:
            with suppress(FileNotFoundError):  # the archive's retention has taken it
                is_all &= self._read(index, path)
        self.read_bytes = sum(self._offsets.values())
        if is_all and not self.is_current.is_set():
            self.is_current.set()
            self._tell_last()

    def _tell_last(self) -> None:
        """What was last before anybody could listen."""
        plain = [path for path in self._offsets if path.suffix != ".gz" and path.exists()]
        if not plain:
            return
        newest = max(plain, key=lambda path: path.stat().st_mtime)
        with newest.open("rb") as file:
            file.seek(max(self._offsets[newest] - _TOLD_BYTES, 0))
            texts = file.read(self._offsets[newest] - file.tell()).split(b"\n")
        self._on_lines([line for line in map(_parsed, texts) if line is not None])

    def _list(self, index: Index) -> None:
        try:
            listed = [file.path for file in self._files()]
            self.problem = None
        except InsightsError as error:
            listed, self.problem = [], str(error)
        self._list_at = time.monotonic() + _LIST_EVERY_S
        if self._offsets.keys() == set(listed):
            return
        index.keep_only(map(name_of, listed))
        self._offsets = {path: index.offset(name_of(path)) for path in listed}
        with suppress(FileNotFoundError):
            self.total_bytes = sum(path.stat().st_size for path in listed)

    def _read(self, index: Index, path: Path) -> bool:
        """Whether nothing is left to read in it."""
        offset = self._offsets[path]
        if path.suffix == ".gz":
            return offset > 0 or self._take_compressed(index, path)
        size = path.stat().st_size
        if size <= offset:
            return True
        with path.open("rb") as file:
            file.seek(offset)
            end = self._take(index, path, file, offset)
        return end in (offset, size)

    def _take_compressed(self, index: Index, path: Path) -> bool:
        offset = -1
        with suppress(OSError, EOFError), gzip.open(path) as file:
            while offset < self._offsets[path]:
                offset = max(offset, self._offsets[path])
                file.seek(offset)
                self._take(index, path, file, offset)
        self._offsets[path] = self._offsets[path] or 1  # what cannot be read is not tried again
        return True

    def _take(self, index: Index, path: Path, file: Readable, offset: int) -> int:
        """Takes in the next whole lines, and returns where they end."""
        data = file.read(_CHUNK_BYTES)
        end = data.rfind(b"\n") + 1
        if not end and len(data) == _CHUNK_BYTES:
            end = len(data)  # one line that is longer than an event can be
        blocks: set[tuple[int, int]] = set()
        parsed, at = [], offset
        for text in data[:end].split(b"\n"):
            line = _parsed(text)
            if line is not None:
                parsed.append(line)
                blocks.update((hash_of(each), at // BLOCK_BYTES) for each in _ids(line))
            at += len(text) + 1
        summary = Summary()
        summary.count(parsed)
        self._offsets[path] = offset + end
        index.add(name_of(path), offset + end, sorted(blocks), summary)
        if self.is_current.is_set() and parsed:
            self._on_lines(parsed)
        return offset + end


def name_of(path: Path) -> str:
    """The path without `.gz`: a file that somebody compresses later is still the same."""
    return str(path).removesuffix(".gz")


def lines_of_block(path: Path, block: int, needle: bytes) -> Iterator[bytes]:
    """The lines that begin in a block of a file and have the needle in them."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        start = block * BLOCK_BYTES
        if start:
            file.seek(start - 1)
            file.readline(_LONGEST_LINE_BYTES)  # the end of a line that began before
        while file.tell() < start + BLOCK_BYTES:
            line = file.readline(_LONGEST_LINE_BYTES)
            if not line:
                return
            if needle in line:
                yield line


def _ids(line: Line) -> Iterator[str]:
    """By which a line is looked for: its ID, and where the request ends those of an ALB's root."""
    names = ("correlation_id", "xray_trace_id", "trace_id")
    for name in names if line.get("event") == "request_finished" else names[:1]:
        if isinstance(line.get(name), str):
            yield line[name]


def _parsed(text: bytes) -> Line | None:
    try:
        line = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return line if isinstance(line, dict) else None
