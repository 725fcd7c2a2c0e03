"""For RQ: a job has the id of the request that enqueued it, and its lines.

queue = rq.Queue(connection=redis, job_class=canonical_log.rq.Job)
worker = rq.Worker([queue], connection=redis, job_class=canonical_log.rq.Job)
"""

from contextlib import suppress
from datetime import UTC
from typing import Any, cast

import rq
import rq.job

from .jobs import KEY, JobBlock, carried
from .settings import Settings

__all__ = ["Job"]

_RETRIES = "retries"


class Job(rq.job.Job):
    """The class of jobs for queues and for workers, also by `rq worker --job-class
    canonical_log.rq.Job`.

    A queue's jobs carry the id of the work in which they are enqueued, in their `meta`; a worker's
    write `job_started` and `job_finished`.
    """

    canonical_log_settings: Settings | None = None
    """The settings of the lines; for a subclass to have others."""

    @classmethod
    def create(cls, *arguments: Any, **options: Any) -> "Job":
        """As RQ's own."""
        job = cast("Job", super().create(*arguments, **options))
        job.meta = {**job.meta, KEY: carried()}
        return job

    def retry(self, *arguments: Any, **options: Any) -> Any:
        """As RQ's own."""
        ours = self.meta.get(KEY) or {}
        self.meta = {**self.meta, KEY: {**ours, _RETRIES: ours.get(_RETRIES, 0) + 1}}
        return super().retry(*arguments, **options)

    def perform(self) -> Any:
        """As RQ's own."""
        with suppress(Exception):  # it is raised again where RQ expects it
            _ = self.func  # imports the module, which may set up logging
        block = self._block()
        block.begin()
        try:
            result = super().perform()
        except BaseException as error:
            block.end(error)
            raise
        block.end(outcome="retry" if isinstance(result, rq.Retry) else None)
        return result

    def _block(self) -> JobBlock:
        headers = self.meta.get(KEY) or {}
        enqueued_at = self.enqueued_at
        if enqueued_at and not enqueued_at.tzinfo:
            enqueued_at = enqueued_at.replace(tzinfo=UTC)
        # RQ counts the attempts that a job asked for, and not those after an exception.
        retries = headers.get(_RETRIES, 0) + (self.number_of_retries or 0)
        return JobBlock(
            self.func_name or "unknown",
            system="rq",
            id=self.id,
            queue=self.origin,
            attempt=retries + 1,
            enqueued_s=enqueued_at.timestamp() if enqueued_at else None,
            headers=headers,
            settings=self.canonical_log_settings,
        )
