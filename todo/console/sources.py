"""Where the console's answers come from: the logs, their index, the load tests and the spool."""

import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from logs_insights import LogFile, Results, TimeRange, run_local
from todo.views.catalog import named_query, with_filter
from todo.views.tracing import id_condition, root_condition

from .follower import lines_of_block, name_of
from .index import Index

__all__ = ["Sources"]

_ALL = TimeRange(None, None)
_QUOTED = re.compile(r'"([^"]+)"')
_AWS_MINUTES = 60
_MOST_BLOCKS = 256  # 32 MiB; an ID that every client sends is in all of them
_MORE = "fields @message, db_fingerprint, db_origin, "  # than the terminal has room for
_TRACE = named_query("trace").text.replace("fields ", _MORE, 1)
_ROOTS = named_query("requests_of_trace").text


@dataclass(frozen=True)
class Sources:
    """The logs by a question, and what else is on this machine.

    `files` lists the log files that are in the index; None without one, as on AWS.
    """

    named: str
    """In words, for the head of each page."""
    options: str
    """With which `todo trace` and the others ask the same logs; empty or after a blank."""
    is_aws: bool
    """Whether each question costs."""
    ask: Callable[[str, TimeRange], Results]
    files: Callable[[], Sequence[LogFile]] | None
    index: Path
    loads: Path
    spool: Path
    log_groups: tuple[str, ...] = ()
    """On AWS."""

    @contextmanager
    def opened_index(self) -> Iterator[Index]:
        """The index, for one thread."""
        with closing(Index(self.index)) as index:
            yield index

    def plans(self, fingerprints: Iterable[str]) -> dict[str, dict[str, str | None]]:
        """The plans of statements that the index knows, by fingerprint, each with its finding."""
        if self.files is None:
            return {}
        with self.opened_index() as index:
            known = {each: index.described(each) for each in fingerprints}
        return {
            each: {"plan": found.plan, "finding": found.finding}
            for each, found in known.items()
            if found.plan
        }

    def fields(self) -> list[str]:
        """The names of the fields that the lines have, where there is an index."""
        if self.files is None:
            return []
        with self.opened_index() as index:
            return index.fields()

    def span(self, minutes: int | None) -> TimeRange:
        """The last so many minutes. Without a number all there is; an hour where that costs."""
        if minutes is None and self.is_aws:
            minutes = _AWS_MINUTES
        if minutes is None:
            return _ALL
        now_ms = int(time.time() * 1000)
        return TimeRange(now_ms - minutes * 60_000, now_ms)

    def of_request(self, given: str, span: TimeRange) -> Results | None:
        """The events of an ID, or of an ALB's trace root; None for what can be neither.

        Raises InsightsError.
        """
        root = root_condition(given)
        ids = [given]
        if root:
            rows = self._of_root(with_filter(_ROOTS, root), root, span)
            ids = [row["correlation_id"] for row in rows if "correlation_id" in row]
        condition = id_condition(ids or [given.removeprefix("Root=")])
        if condition is None:
            return None
        text = with_filter(_TRACE, condition)
        if self.files is None or len(ids) != 1:
            return self.ask(text, span)
        return self._of_blocks(text, ids[0])

    def _of_root(self, text: str, root: str, span: TimeRange) -> list[dict[str, str]]:
        if self.files is None:
            return self.ask(text, span).records()
        names = _QUOTED.findall(root)
        return [row for name in names for row in self._of_blocks(text, name).records()]

    def _of_blocks(self, text: str, name: str) -> Results:
        """The answer from the lines that the index leads to, whatever else the files hold."""
        assert self.files is not None  # noqa: S101  # there is no index without
        files = {name_of(file.path): file for file in self.files()}
        with self.opened_index() as index:
            blocks = index.blocks(name, _MOST_BLOCKS)
        with tempfile.TemporaryDirectory(prefix="todo-console-") as folder:
            copies = []
            for number, (path, block) in enumerate(sorted(blocks)):
                file = files.get(path)
                if file is None:
                    continue
                copy = Path(folder) / f"{number}.ndjson"
                lines = lines_of_block(file.path, block, name.encode())
                copy.write_bytes(b"".join(lines))
                copies.append(LogFile(copy, file.log, file.stream))
            return run_local(text, copies, _ALL)
