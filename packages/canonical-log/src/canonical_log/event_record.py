"""The record of an event: `logging`'s, whose fields are ready."""

import logging
import os
import time
from math import floor
from threading import current_thread, get_ident
from typing import Any

__all__ = ["EventRecord"]

_Process = tuple[str | None, int | None]
_process: _Process | None = None


class EventRecord(logging.LogRecord):
    """A record whose fields are ready. It is made in a fraction of a LogRecord's time, and has all
    that another formatter may ask of it.
    """

    fields: dict[str, Any]

    def __init__(
        self,
        name: str,
        level: int,
        fields: dict[str, Any],
        exc_info: Any = None,
        *,
        created: float | None = None,
    ) -> None:
        """`fields` is the line without its timestamp and level; its `event` is the record's
        message. `exc_info` is for other formatters and handlers. `created` is now, unless given.
        """
        self.args = self.exc_text = self.stack_info = self.taskName = None
        self.pathname = self.filename = self.module = self.funcName = ""
        self.lineno = self.relativeCreated = 0
        self.processName, self.process = _process or _this_process()
        factory = logging.getLogRecordFactory()
        if factory is not logging.LogRecord:  # the app's, whose fields its formats name
            vars(self).update(vars(factory(name, level, "", 0, "", None, None)))
        self.name = name
        self.msg = fields["event"]
        self.levelno = level
        self.levelname = "INFO" if level == logging.INFO else logging.getLevelName(level)
        self.exc_info = exc_info
        self.created = time.time() if created is None else created
        self.msecs = (self.created - floor(self.created)) * 1000
        self.thread = get_ident()
        self.threadName = current_thread().name
        self.fields = fields


def _this_process() -> _Process:
    """Its name and id, as `logging` has them."""
    global _process
    record = logging.LogRecord("", 0, "", 0, "", None, None)
    _process = (record.processName, record.process)
    return _process


def _forget_process() -> None:
    global _process
    _process = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_process)
