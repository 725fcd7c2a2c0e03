"""The handler of `configure`: each line in one write, and as little else as can be."""

import json
import logging
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    _StreamHandler = logging.StreamHandler[Any]
else:
    _StreamHandler = logging.StreamHandler

__all__ = ["LineHandler"]


class LineHandler(_StreamHandler):
    """As a StreamHandler, in half of its calls: a request has three lines, and its caches are cold
    by then.
    """

    def handle(self, record: logging.LogRecord) -> Any:
        """Writes the record, unless a filter says no."""
        passed: Any = True
        if self.filters:
            passed = self.filter(record)
            if not passed:
                return passed
            if isinstance(passed, logging.LogRecord):  # since Python 3.12 it may be another one
                record = passed
        self.emit(record)
        return passed

    def emit(self, record: logging.LogRecord) -> None:
        """Formats the line, and then alone holds the lock. Never raises."""
        try:
            line = self.format(record) + self.terminator
            stream = self.stream
            with self.lock:  # type: ignore[union-attr]  # every handler that is open has one
                try:
                    stream.write(line)
                except UnicodeEncodeError:  # it is not of UTF-8
                    stream.write(json.dumps(json.loads(line)) + self.terminator)
                stream.flush()
        except RecursionError:
            raise
        except Exception:  # as logging's own handlers do
            if getattr(self.stream, "closed", False) and self.stream is not sys.stdout:
                self.stream = sys.stdout  # that of an earlier test, which had one of its own
                self.emit(record)
            else:
                self.handleError(record)
