"""For gunicorn: its own lines in the same schema, no access log beside the canonical lines, and a
line on time-out.

logger_class = "canonical_log.gunicorn.Logger"
from canonical_log.gunicorn import worker_abort
"""

import logging
from typing import Any

from gunicorn.glogging import Logger as GunicornLogger  # type: ignore[import-untyped]  # has no type hints

from .wsgi import abort_requests

__all__ = ["Logger", "worker_abort"]


class Logger(GunicornLogger):  # type: ignore[misc]  # as above
    """gunicorn's logger, whose lines go where the root logger's go."""

    def setup(self, cfg: Any) -> None:
        """Takes gunicorn's own handlers away, so that its lines are written once."""
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            logger.handlers.clear()
        self.error_log.setLevel(logging.NOTSET)
        self.error_log.propagate = True

    def access(self, *_arguments: Any) -> None:
        """Nothing: the canonical line says it."""


def worker_abort(_worker: Any) -> None:
    """gunicorn's hook for a worker that it kills for taking too long: the lines of what it was
    doing.
    """
    abort_requests()
