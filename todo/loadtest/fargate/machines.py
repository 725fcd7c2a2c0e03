"""Load machines that are tasks of ECS: they are started together, begin together, and are stopped
whatever happens here.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from urllib.parse import urlsplit

import boto3  # type: ignore[import-untyped]  # boto3 ships no types
from botocore.config import Config  # type: ignore[import-untyped]  # it ships no types either

from ..errors import LoadError
from ..machines import JUDGED, LOOPBACK, Machines, Share
from ..run import LoadMachine
from .exchange import Exchange
from .stack import explained, find_stack
from .tasks import Tasks

__all__ = ["FargateTasks"]

Say = Callable[[str], None]
_POLL_S = 1.0
_READY_WITHIN_S = 600.0
_STOPPED_WITHIN_S = 180.0  # stopTimeout is 120 s, and ECS takes some more to say it


class FargateTasks(Machines):
    """The tasks of a stack. Raises LoadError where AWS has no such stack."""

    def __init__(self, stack: str, machines: int, say: Say) -> None:
        """`machines` of them share the load; `say` is told how far they are."""
        super().__init__(machines)
        config = Config(retries={"mode": "standard", "total_max_attempts": 8})
        with explained():
            session = boto3.Session()
            self._ecs, self._logs, self._s3 = (
                session.client(name, config=config) for name in ("ecs", "logs", "s3")
            )
            self._stack = find_stack(self._ecs, stack)
        self._say = say
        if "TODO_API_KEY" in os.environ and not self._stack.sends_key:
            raise LoadError(
                "TODO_API_KEY stays on this machine: give the load machines its secret, by"
                " api_key_secret_arn of terraform/load"
            )

    def version(self) -> str:
        """The version of k6 in the stack's image."""
        return self._stack.k6_version

    def facts(self) -> dict[str, str]:
        """What a task is."""
        system = f"Fargate {self._stack.architecture}"
        return {"system": system, "cores": f"{self._stack.vcpu:g}"}

    def run_shares(
        self, script: Path, text: str, shares: Sequence[Share], endpoint: str
    ) -> tuple[list[LoadMachine], bool]:
        """As said of all Machines. Ctrl-C stops the tasks and keeps what they have measured; a
        second one leaves them to it.
        """
        if urlsplit(endpoint).hostname in LOOPBACK:
            raise LoadError(f"a task of AWS does not reach {endpoint}: give it another --endpoint")
        run_id = shares[0].folder.parent.name
        exchange = Exchange(self._s3, self._stack.bucket, run_id)
        tasks = Tasks(self._ecs, self._logs, self._stack, run_id)
        with explained(), _interruptible() as interrupted:
            exchange.send(script, text)
            try:
                for share in shares:
                    tasks.start(share)
                self._await_ready(tasks, exchange, interrupted)
                exchange.start()
                self._say("k6 runs")
                self._await_end(tasks, interrupted)
            finally:
                tasks.stop("todo load has ended")
            self._say("fetching the samples")
            machines = [self._ended(share, exchange, tasks, interrupted) for share in shares]
        return machines, interrupted.is_set()

    def _await_ready(self, tasks: Tasks, exchange: Exchange, interrupted: Event) -> None:
        give_up, said = time.monotonic() + _READY_WITHIN_S, ""
        while True:
            tasks.look()
            for name in tasks.stopped:
                raise LoadError(f"{name} has stopped before k6 began: {tasks.why_stopped(name)}")
            if interrupted.is_set():
                raise LoadError("interrupted before k6 began; its tasks are being stopped")
            ready = exchange.ready()
            if len(ready) == self.machines:
                return
            if time.monotonic() > give_up:
                late = {n: s for n, s in tasks.statuses.items() if n not in ready}
                raise LoadError(f"not ready within {_READY_WITHIN_S:.0f} s: {late}")
            if said != (said := f"{len(ready)} of {self.machines} machines are ready"):
                self._say(said)
            interrupted.wait(_POLL_S)

    def _await_end(self, tasks: Tasks, interrupted: Event) -> None:
        while not interrupted.is_set():
            tasks.look()
            if tasks.are_all_stopped:
                return
            interrupted.wait(_POLL_S)
        self._say("stopping the tasks")
        tasks.stop("todo load was interrupted")
        give_up = time.monotonic() + _STOPPED_WITHIN_S
        while not tasks.are_all_stopped and time.monotonic() < give_up:
            tasks.look()
            time.sleep(_POLL_S)

    def _ended(
        self, share: Share, exchange: Exchange, tasks: Tasks, interrupted: Event
    ) -> LoadMachine:
        said = exchange.fetch(share)
        host = f"{share.name}, a task of {self._stack.vcpu:g} vCPU"
        if said is None:
            why = tasks.why_stopped(share.name) if share.name in tasks.stopped else "it goes on"
            code = tasks.exit_code(share.name) if share.name in tasks.stopped else 1
            return LoadMachine(
                name=share.name,
                host=host,
                exit_code=code,
                problem=f"did not bring everything: {why}",
            )
        ended = json.loads(said)
        code, used = ended["exit_code"], ended["cpu_s"] / ended["elapsed_s"] / self._stack.vcpu
        is_expected = code in JUDGED or interrupted.is_set()
        problem = "" if is_expected else tasks.why_stopped(share.name)
        return LoadMachine(
            name=share.name, host=host, exit_code=code, cpu_share=used, problem=problem
        )


@contextmanager
def _interruptible() -> Iterator[Event]:
    """SIGINT and SIGTERM set the event, and a second one ends the block by KeyboardInterrupt."""
    event = Event()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    before = {
        number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
