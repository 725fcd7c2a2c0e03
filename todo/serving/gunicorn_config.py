"""gunicorn's configuration, fit for an Application Load Balancer in front. `gunicorn -c python:`
loads it.
"""

import os
import select
from typing import Any

from canonical_log import configure
from canonical_log.gunicorn import worker_abort
from todo.config import load_settings
from todo.serving.lifeline import Lifeline, end_at_the_close_of
from todo.serving.log_output import log_handler

__all__ = ["worker_abort"]

_settings = load_settings()

ORPHAN_STOPS_WITHIN_S = 3.0

wsgi_app = "todo.serving.application:application()"
bind = f"{_settings.host}:{_settings.port}"

# The edge reads whole requests and bounds its queue, so that no client holds a thread. It needs
# epoll, which only Linux has: elsewhere gunicorn's threads serve, for trying things out. One
# process a CPU, as Python runs one thread at a time; few threads in each, which wait for the
# database.
worker_class = "todo.serving.edge.worker.EdgeWorker" if hasattr(select, "epoll") else "gthread"
workers = _settings.workers
threads = _settings.threads

# The ALB keeps an idle connection for 60 s. Whoever closes first must be the ALB, or it answers
# 502.
keepalive = _settings.keep_alive_s
timeout = _settings.worker_timeout_s
graceful_timeout = _settings.graceful_timeout_s

# Heartbeats are file operations, which a busy disk delays until the master thinks that the worker
# hangs.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108  # memory, shared with nobody

# No header decides what only the server can know.
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""

control_socket_disable = True

configure(
    _settings.log_level, log_handler(_settings)
)  # in the master, from which the workers have it
logger_class = "canonical_log.gunicorn.Logger"
accesslog = None

_of_master = Lifeline()


def on_starting(_arbiter: Any) -> None:
    """The master ends with the `todo serve` that started it, and takes its workers along."""
    if _settings.lifeline_fd is not None:
        end_at_the_close_of(_settings.lifeline_fd, within_s=ORPHAN_STOPS_WITHIN_S, with_group=True)


def post_fork(_arbiter: Any, _worker: Any) -> None:
    """A worker ends with its master; what it has begun may take as long as at any other stop."""
    _of_master.let_go()
    end_at_the_close_of(_of_master.reading_fd, within_s=graceful_timeout + 1)
    if _settings.lifeline_fd is not None:
        end_at_the_close_of(_settings.lifeline_fd, within_s=ORPHAN_STOPS_WITHIN_S)
