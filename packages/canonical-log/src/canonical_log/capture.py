"""What is not written by a call of `logging`, brought into it: warnings, and exceptions that nobody
caught.
"""

import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

__all__ = ["capture_everything", "has_root", "take_root"]

_logger = logging.getLogger("uncaught")
_ACCESS = '"%s" %s %s'
"""How werkzeug's development server words the line of a request."""


_handler: logging.Handler | None = None


def take_root(handler: logging.Handler) -> None:
    """Makes `handler` the root logger's, instead of the one of an earlier call, and of those that
    write to the console.
    """
    global _handler
    root = logging.getLogger()
    for other in root.handlers[:]:
        if other is _handler or _is_console(other):
            root.removeHandler(other)
    root.addHandler(handler)
    _handler = handler


def has_root() -> bool:
    """Whether the root logger has the handler that it was given here."""
    return _handler in logging.getLogger().handlers


def _is_console(handler: logging.Handler) -> bool:
    streams = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    stream = getattr(handler, "stream", None)  # a file that is opened later has none yet
    return isinstance(handler, logging.StreamHandler) and stream is not None and stream in streams


def capture_everything() -> None:
    """Sends warnings and uncaught exceptions, of threads too, to the root logger, before whatever
    hooks there are. The development server's line of each request, which has its whole URL in it,
    is left out: the canonical line says it. Doing it again changes nothing.
    """
    logging.getLogger("werkzeug").addFilter(_is_no_access)
    logging.captureWarnings(True)
    if not isinstance(sys.excepthook, _ProcessHook):
        sys.excepthook = _ProcessHook(sys.excepthook)
    if not isinstance(threading.excepthook, _ThreadHook):
        threading.excepthook = _ThreadHook(threading.excepthook)


def _is_no_access(record: logging.LogRecord) -> bool:
    return _ACCESS not in str(record.msg)


class _ProcessHook:
    def __init__(self, before: Callable[..., Any]) -> None:
        self._before = before

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            _logger.critical("uncaught exception", exc_info=(kind, error, trace))
        is_told = _logger.isEnabledFor(logging.CRITICAL) and not issubclass(kind, KeyboardInterrupt)
        if self._before is not sys.__excepthook__ or not is_told:
            self._before(kind, error, trace)


class _ThreadHook:
    def __init__(self, before: Callable[..., Any]) -> None:
        self._before = before

    def __call__(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is None or issubclass(arguments.exc_type, SystemExit):
            return
        name = arguments.thread.name if arguments.thread else "unknown"
        exc_info = (arguments.exc_type, arguments.exc_value, arguments.exc_traceback)
        _logger.error("uncaught exception in thread %s", name, exc_info=exc_info)
        if self._before is not threading.__excepthook__ or not _logger.isEnabledFor(logging.ERROR):
            self._before(arguments)
