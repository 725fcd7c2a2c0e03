"""What is not written by a call of `logging`, brought into it: warnings, and exceptions that nobody
caught.
"""

import logging
import sys
import threading
from types import TracebackType

__all__ = ["capture_everything"]

_logger = logging.getLogger("uncaught")


def capture_everything() -> None:
    """Sends warnings and uncaught exceptions, of threads too, to the root logger. Doing it again
    changes nothing.
    """
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    _logger.critical("uncaught exception", exc_info=(kind, error, trace))


def _uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is None or issubclass(arguments.exc_type, SystemExit):
        return
    name = arguments.thread.name if arguments.thread else "unknown"
    exc_info = (arguments.exc_type, arguments.exc_value, arguments.exc_traceback)
    _logger.error("uncaught exception in thread %s", name, exc_info=exc_info)
