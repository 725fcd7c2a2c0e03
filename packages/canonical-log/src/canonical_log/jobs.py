"""Jobs: work that waited in a queue, and has the ids of the work that put it there."""

import time
from collections.abc import Mapping
from typing import Any

import canonical_log

from .context import copied_work, current_work
from .fields import JOB_FINISHED, JOB_STARTED
from .settings import Settings
from .work_block import WorkBlock

__all__ = ["KEY", "JobBlock", "carried"]

KEY = "canonical_log"
"""The name under which a queue's message has what `carried` returned."""


def carried() -> dict[str, str]:
    """The headers that go along with a job: those of a call to another service, and the load
    test's.
    """
    headers = canonical_log.outgoing_headers()
    work = current_work() or copied_work()
    return headers | ({"X-Run-ID": work.run_id} if work and work.run_id else {})


class JobBlock(WorkBlock):
    """One attempt at a job."""

    events = (JOB_STARTED, JOB_FINISHED)

    def __init__(
        self,
        name: str,
        *,
        system: str,
        id: str,
        queue: str | None,
        attempt: int,
        enqueued_s: float | None,
        headers: Mapping[str, str],
        settings: Settings | None,
    ) -> None:
        """`system` is whose job it is, `id` that one's own; `enqueued_s` is since when it could
        have been run, in seconds since 1970.
        """
        fields: dict[str, Any] = {"job_system": system, "job_id": id, "job_attempt": attempt}
        if queue:
            fields["job_queue"] = queue
        if enqueued_s is not None:  # by another host's clock
            fields["queue_ms"] = round(max(time.time() - enqueued_s, 0.0) * 1000, 2)
        super().__init__(name, headers=headers, settings=settings, fields=fields)
