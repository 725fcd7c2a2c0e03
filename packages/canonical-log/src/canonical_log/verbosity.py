"""How much a running process logs: its usual level, another one for a time, and DEBUG for single
requests.
"""

import logging
from threading import Lock

from .context import current_work
from .event_record import EventRecord
from .formatter import plain_fields

__all__ = ["filter_levels_of", "set_level", "start_debugging", "stop_debugging"]

_lock = Lock()
_usual: int | None = None  # the root logger's level, while it has another
_asked: int | None = None
_debugging = 0  # how many requests that are running
_least = logging.NOTSET  # of lines that are not of these requests
_filter: "_LevelFilter | None" = None


def filter_levels_of(handler: logging.Handler) -> None:
    """From now on this handler leaves out what only another request asked for, and has what a
    request writes below INFO wait for its end where only a share of them is written.
    """
    global _filter
    with _lock:
        if _filter:
            _filter.handler.removeFilter(_filter)
        _filter = _LevelFilter(handler)
        _attach()


def set_level(level: int | None) -> None:
    """Gives the root logger this level, or its usual one back."""
    global _asked
    with _lock:
        _asked = level
        _apply()


def start_debugging() -> None:
    """One more request, whose state says `is_debugged`, has its lines of all levels written."""
    global _debugging
    with _lock:
        _debugging += 1
        _apply()


def stop_debugging() -> None:
    """One of them is over."""
    global _debugging
    with _lock:
        _debugging -= 1
        _apply()


def _apply() -> None:
    global _usual, _least
    root = logging.getLogger()
    if _asked is None and not _debugging:
        if _usual is not None:
            root.setLevel(_usual)
        _usual, _least = None, logging.NOTSET
    else:
        if _usual is None:
            _usual = root.level
        _least = _usual if _asked is None else _asked
        root.setLevel(min(_least, logging.DEBUG) if _debugging else _least)
    _attach()


def _attach() -> None:
    """Has the handler ask the filter only while there are lines for it: it costs each line."""
    if _filter is None:
        return
    if logging.getLogger().level < logging.INFO:
        _filter.handler.addFilter(_filter)
    else:
        _filter.handler.removeFilter(_filter)


class _LevelFilter(logging.Filter):
    def __init__(self, handler: logging.Handler) -> None:
        super().__init__()
        self.handler = handler

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written now."""
        if record.levelno >= logging.INFO and record.levelno >= _least:
            return True
        state = current_work()
        if record.levelno < _least:
            return state is not None and state.is_debugged
        if state is None or state.held is None or isinstance(record, EventRecord):
            return True
        fields = plain_fields(record)  # now, before its arguments change
        state.held.add(record.levelno, dict, (fields,), self.handler)
        return False
