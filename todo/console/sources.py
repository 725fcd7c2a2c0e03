"""Where the console's answers come from: the logs, their index, the load tests and the spool."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
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
_AWS_MINUTES = 60
_MOST_BLOCKS = 256  # 32 MiB; an ID that every client sends is in all of them
_TRACE = named_query("trace").text.replace("fields ", "fields @message, ", 1)
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
            rows = self.ask(with_filter(_ROOTS, root), span).records()
            ids = [row["correlation_id"] for row in rows if "correlation_id" in row]
        condition = id_condition(ids or [given.removeprefix("Root=")])
        if condition is None:
            return None
        text = with_filter(_TRACE, condition)
        if self.files is None or len(ids) != 1:
            return self.ask(text, span)
        return self._of_blocks(text, ids[0])

    def _of_blocks(self, text: str, correlation_id: str) -> Results:
        """The answer from the lines that the index leads to, whatever else the files hold."""
        assert self.files is not None  # noqa: S101  # there is no index without
        files = {name_of(file.path): file for file in self.files()}
        with self.opened_index() as index:
            blocks = index.blocks(correlation_id, _MOST_BLOCKS)
        with tempfile.TemporaryDirectory(prefix="todo-console-") as folder:
            copies = []
            for number, (path, block) in enumerate(sorted(blocks)):
                file = files.get(path)
                if file is None:
                    continue
                copy = Path(folder) / f"{number}.ndjson"
                lines = lines_of_block(file.path, block, correlation_id.encode())
                copy.write_bytes(b"".join(lines))
                copies.append(LogFile(copy, file.log, file.stream))
            return run_local(text, copies, _ALL)
