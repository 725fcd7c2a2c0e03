"""For Celery: a task has the id of the request that sent it, and its lines.

from canonical_log import celery
celery.watch()
"""

import sys
import time
from datetime import datetime
from typing import Any

from celery import (  # type: ignore[import-untyped]  # has no type hints
    Task,
    signals,
    states,
)

from .capture import has_root
from .jobs import KEY, JobBlock, carried
from .settings import Settings

__all__ = ["watch"]

_BLOCK = "canonical_log_block"
_ENQUEUED = "enqueued_s"
_OUTCOMES = {
    states.RETRY: "retry",
    states.IGNORED: "ignored",
    states.REJECTED: "rejected",
}
_settings: Settings | None = None


def watch(settings: Settings | None = None) -> None:
    """Has the tasks that this process sends carry the id of the work in which they are sent, and
    those that it runs write `job_started` and `job_finished`. Call it where both import it, after
    `configure`, so that Celery leaves the root logger as it is.

    `settings` are those of the tasks' lines.
    """
    global _settings
    _settings = settings
    signals.before_task_publish.connect(_send)
    signals.task_prerun.connect(_begin)
    signals.task_failure.connect(_fail)
    signals.task_postrun.connect(_end)
    if has_root():
        signals.setup_logging.connect(_keep_logging)


def _keep_logging(**_: Any) -> None:
    """Celery sets up logging where nobody listens for this signal."""


def _send(headers: dict[str, Any], **_: Any) -> None:
    eta = headers.get("eta")
    # A task for later does not wait before then.
    enqueued_s = max(time.time(), datetime.fromisoformat(eta).timestamp() if eta else 0.0)
    headers[KEY] = {**carried(), _ENQUEUED: enqueued_s}


def _begin(task_id: str, task: Task, **_: Any) -> None:
    request = task.request
    headers = request.get(KEY) or {}
    block = JobBlock(
        task.name,
        system="celery",
        id=task_id,
        queue=(request.delivery_info or {}).get("routing_key"),
        attempt=request.retries + 1,
        enqueued_s=headers.get(_ENQUEUED),
        headers=headers,
        settings=_settings,
    )
    setattr(request, _BLOCK, block)
    block.begin()


def _fail(sender: Task, exception: BaseException, **_: Any) -> None:
    """Celery logs the exception next, as its one line."""
    block = sender.request.get(_BLOCK)
    if block:
        block.fail(exception)


def _end(task: Task, retval: Any, state: str | None, **_: Any) -> None:
    block = task.request.get(_BLOCK)
    if not block:
        return
    error = sys.exc_info()[1] if state is None else None  # it goes on to who called the task
    if state == states.FAILURE:
        error = retval
    block.end(error, _OUTCOMES.get(state))
