"""What the delivery tests share: writers, running shippers, and the audit of the ledger."""

import contextlib
import hashlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloudwatch_spool import archive_files
from cloudwatch_spool.events import FIELDS
from cloudwatch_spool.testing import CloudWatchStub as Stub

HERE = Path(__file__).parent
GROUP, STREAM = "group", "stream"
TYPES = {"string": str, "integer": int, "number": (int, float)}
EVERYWHERE = {"event_id", "timestamp", "level", "logger", "event", "message"}


def wait_until(
    condition: Callable[[], bool], *, within_s: float = 60, every_s: float = 0.05
) -> None:
    """Return as soon as the condition holds; fail if it does not in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s"
        time.sleep(every_s)


def assert_known(fields: dict[str, Any]) -> None:
    """Fail if an event of the shipper's own has a field that is not in its table as it is."""
    of_event = {field.name: field for field in FIELDS if fields["event"] in field.events}
    for name, value in fields.items():
        if name not in EVERYWHERE:
            assert name in of_event, name
            assert isinstance(value, TYPES[of_event[name].type]), (name, value)


@dataclass
class Audit:
    """The ledger against what arrived. Every set but `accepted` should be empty."""

    accepted: Counter[str]
    lost: set[str]
    phantom: set[str]
    corrupt: list[str]
    others: list[dict[str, Any]] = field(default_factory=list)

    @property
    def duplicates(self) -> int:
        return sum(self.accepted.values()) - len(self.accepted)

    @property
    def gaps(self) -> list[dict[str, Any]]:
        """The shipper's reports of events that found no room."""
        return [event for event in self.others if event["event"] == "delivery_gap"]

    @property
    def dropped_count(self) -> int:
        """How many events the gaps tell of."""
        return sum(gap["dropped_count"] for gap in self.gaps)

    @property
    def verdict(self) -> tuple[int, int, int]:
        """Lost, phantom, corrupt."""
        return len(self.lost), len(self.phantom), len(self.corrupt)


def ledger_ids(ledger: Path, word: str) -> set[str]:
    if not ledger.exists():
        return set()
    lines = (line.split() for line in ledger.read_text().splitlines())
    return {parts[1] for parts in lines if len(parts) == 3 and parts[0] == word}


def audit(ledger: Path, messages: Counter[str]) -> Audit:
    accepted: Counter[str] = Counter()
    corrupt: list[str] = []
    others: list[dict[str, Any]] = []
    for text, count in messages.items():
        try:
            fields = json.loads(text)
        except ValueError:
            corrupt.append(text)
            continue
        if "id" not in fields:
            others.append(fields)
            if str(fields.get("event")).startswith("delivery"):
                assert_known(fields)
        elif hashlib.sha256(fields["body"].encode()).hexdigest()[:16] != fields["sha"]:
            corrupt.append(text)
        else:
            accepted[fields["id"]] += count
    done, issued = ledger_ids(ledger, "done"), ledger_ids(ledger, "issued")
    return Audit(accepted, done - accepted.keys(), accepted.keys() - issued, corrupt, others)


@dataclass
class Delivery:
    """One spool with its writers, its shippers and the stub they send to."""

    stub: Stub
    folder: Path
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger"

    @property
    def stderr(self) -> Path:
        """What all processes have complained about."""
        return self.folder / "stderr"

    def start(self, *arguments: object, **environment: str) -> "subprocess.Popen[str]":
        with self.stderr.open("a") as stderr:
            process = subprocess.Popen(
                [sys.executable, *map(str, arguments)],
                env=self.environment(**environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        self.processes.append(process)
        return process

    def environment(self, **more: str) -> dict[str, str]:
        settings = {"SPOOL": str(self.spool), "LEDGER": str(self.ledger), "HANDLER": "ours"}
        return self.stub.environment() | settings | more

    def start_shipper(
        self,
        *options: object,
        program: Sequence[object] = ("-m", "cloudwatch_spool"),
        verb: str = "ship",
        spool: Path | None = None,
        stream: str | None = STREAM,
        **environment: str,
    ) -> "subprocess.Popen[str]":
        """The real command."""
        named = ["--log-group", GROUP, *(["--log-stream", stream] if stream else [])]
        interval = ["--interval", 0.1] if verb == "ship" else []
        return self.start(
            *program, verb, spool or self.spool, *named, *interval, *options, **environment
        )

    def drain(self, *options: object, **more: Any) -> int:
        """Empty the spool; the exit code of the command."""
        shipper = self.start_shipper("--deadline", 100, *options, verb="drain", **more)
        return shipper.wait(timeout=120)

    @property
    def archive(self) -> Path:
        return self.folder / "logs"

    def archived(self) -> list[dict[str, Any]]:
        files = archive_files(self.archive, GROUP)
        return [json.loads(line) for file in files for line in file.path.read_text().splitlines()]

    def write(self, count: int, rate: float = 1e9, **environment: str) -> None:
        """Have a process write events and end."""
        assert self.start(HERE / "app.py", count, rate, **environment).wait(timeout=120) == 0

    def audit(self) -> Audit:
        return audit(self.ledger, self.stub.messages())

    def wait_delivered(self, *, within_s: float = 60) -> None:
        """Return when everything in the ledger has arrived."""
        wait_until(
            lambda: self.stub.get("count") >= len(ledger_ids(self.ledger, "done")),
            within_s=within_s,
        )
        wait_until(lambda: not self.audit().lost, within_s=within_s, every_s=0.2)

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()


@contextlib.contextmanager
def gunicorn(delivery: Delivery, *options: str, **environment: str) -> Iterator["Gunicorn"]:
    server = Gunicorn(delivery, *options, **environment)
    try:
        yield server
    finally:
        server.kill()


class Gunicorn:
    """A real gunicorn with the tests' app."""

    def __init__(self, delivery: Delivery, *options: str, **environment: str) -> None:
        port_file = delivery.folder / "port"
        command = [sys.executable, "-m", "gunicorn", "--chdir", str(HERE), "--bind", "127.0.0.1:0"]
        command += [
            "--config",
            str(HERE / "gunicorn_conf.py"),
            "--log-level",
            "error",
            *options,
            "app:make_app()",
        ]
        with delivery.stderr.open("a") as stderr:
            self.process = subprocess.Popen(
                command,
                env=delivery.environment(PORT_FILE=str(port_file), **environment),
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
            )
        wait_until(lambda: port_file.exists() and port_file.read_text() != "")
        self.url = f"http://127.0.0.1:{port_file.read_text()}"
        self.get("/?n=0")

    def get(self, path: str) -> int:
        """The pid of the worker that answered."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return int(answer.read())

    def terminate(self) -> None:
        self.process.terminate()

    def wait(self, timeout_s: float = 60) -> None:
        self.process.wait(timeout_s)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def length(short: float, full: float) -> float:
    """`full` where FAULT_TESTS=full is set, as `make test-faults` does."""
    return full if os.environ.get("FAULT_TESTS") == "full" else short


@contextlib.contextmanager
def load(server: Gunicorn, *, threads: int = 4, path: str = "/?n=20") -> Iterator[None]:
    """Ask again and again, whatever the answers are, until the block ends."""
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                server.get(path)

    running = [threading.Thread(target=ask) for _ in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in running:
            thread.join()


STOCK = {"HANDLER": "watchtower"} | ({} if length(0, 1) else {"AWS_MAX_ATTEMPTS": "1"})
"""Stock watchtower instead of ours. In a short run boto3 tries once, so that it gives up within
seconds.
"""
