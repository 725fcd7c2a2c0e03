"""The record of an event: `logging`'s, whose fields are ready."""

import logging
import os
import time
from threading import current_thread, get_ident
from typing import Any

__all__ = ["EventRecord"]

_blank: dict[str, Any] | None = None


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
        now = time.time() if created is None else created
        values = (_blank or _new_blank()).copy()
        factory = logging.getLogRecordFactory()
        if factory is not logging.LogRecord:  # the app's, whose fields its formats name
            values |= vars(factory(name, level, "", 0, "", None, None))
        values["name"] = name
        values["levelno"] = level
        values["levelname"] = "INFO" if level == logging.INFO else logging.getLevelName(level)
        values["msg"] = fields["event"]
        values["created"] = now
        values["msecs"] = now % 1 * 1000
        values["thread"] = get_ident()
        values["threadName"] = current_thread().name
        values["exc_info"] = exc_info
        values["fields"] = fields
        self.__dict__ = values


def _new_blank() -> dict[str, Any]:
    """What an event's record of this process begins with: all that differs from one event to the
    next is there, so that no copy grows.
    """
    global _blank
    _blank = {
        **vars(logging.LogRecord("", 0, "", 0, "", None, None)),
        **dict.fromkeys(("filename", "module", "funcName"), ""),
        **dict.fromkeys(("taskName", "fields")),
        "relativeCreated": 0,
    }
    return _blank


def _forget_process() -> None:
    global _blank
    _blank = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_process)
