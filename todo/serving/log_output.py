"""Where the log lines of the processes that serve go."""

import logging
import sys

from ..config import Settings

__all__ = ["log_handler"]


def log_handler(settings: Settings) -> logging.Handler:
    """The handler that `TODO_LOG_OUTPUT` asks for. One that writes to the spool goes on in forked
    workers.
    """
    if settings.log_output == "stdout":
        return logging.StreamHandler(sys.stdout)
    import cloudwatch_spool

    return cloudwatch_spool.handler(settings.spool_dir, max_bytes=settings.spool_max_bytes)
