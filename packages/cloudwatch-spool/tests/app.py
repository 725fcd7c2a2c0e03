"""What writes log events in the tests: a WSGI app for gunicorn, and the same as a program.

Every event is noted in a ledger: `issued` before the logging call and `done` after it has returned.
Only what is done is owed.
"""

import hashlib
import json
import logging
import os
import sys
import threading
import time
import uuid
from urllib.parse import parse_qs

LOGGER = logging.getLogger("app")
LOGGER.setLevel(logging.DEBUG)
LOGGER.propagate = False


class Writer:
    """Writes numbered events; each process has its own name, also after a fork."""

    def __init__(self, ledger: str) -> None:
        self._ledger = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._lock = threading.Lock()
        self._start()
        os.register_at_fork(after_in_child=self._start)

    def _start(self) -> None:
        self._name = uuid.uuid4().hex[:12]
        self._number = 0
        self._lock = threading.Lock()

    def write(self, body: str = "x" * 200, level: int = logging.INFO, **record: object) -> str:
        with self._lock:
            self._number += 1
            event = f"{self._name}:{self._number}"
        sha = hashlib.sha256(body.encode()).hexdigest()[:16]
        self._note(f"issued {event} {level}\n")
        LOGGER.log(
            level,
            {"id": event, "level": logging.getLevelName(level), "sha": sha, "body": body},
            extra=record,
        )
        self._note(f"done {event} {level}\n")
        return event

    def _note(self, line: str) -> None:
        os.write(self._ledger, line.encode())


class JSONFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(record.msg) if isinstance(record.msg, dict) else record.getMessage()


def install_handler() -> None:
    """The handler under test, by the environment: ours, or stock watchtower sending to the stub."""
    if os.environ["HANDLER"] == "watchtower":
        import watchtower

        handler: logging.Handler = watchtower.CloudWatchLogHandler(
            "group", "stream", send_interval=int(os.environ.get("SEND_INTERVAL", 1))
        )
    else:
        import cloudwatch_spool

        handler = cloudwatch_spool.handler(
            os.environ["SPOOL"], max_bytes=int(os.environ.get("SPOOL_MAX_BYTES", 1 << 30))
        )
        handler.setFormatter(JSONFormatter())
    LOGGER.addHandler(handler)


def make_app():
    install_handler()
    writer = Writer(os.environ["LEDGER"])
    if os.environ.get("LOG_BEFORE_FORK"):
        for _ in range(50):
            writer.write()

    def app(environ, start_response):
        query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        for _ in range(int(query.get("n", 1))):
            writer.write()
        if "sleep" in query:
            time.sleep(float(query["sleep"]))
        if "stuck" in query:
            hashlib.pbkdf2_hmac(
                "sha256", b"x", b"y", 2_000_000_000
            )  # in C, where no signal handler can run
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(os.getpid()).encode()]

    return app


def step_clock_back(seconds: float) -> None:
    real = time.time
    time.time = lambda: real() - seconds


def main() -> None:
    """Write `count` events at `rate` a second, then say so, and stay if asked to."""
    count, rate = int(sys.argv[1]), float(sys.argv[2])
    install_handler()
    writer = Writer(os.environ["LEDGER"])
    started = time.monotonic()
    for number in range(count):
        if number == count // 5:
            step_clock_back(float(os.environ.get("CLOCK_STEP_S", 0)))
        writer.write()
        ahead_s = number / rate - (time.monotonic() - started)
        if ahead_s > 0.005:
            time.sleep(ahead_s)
    print("written", flush=True)
    if "stay" in sys.argv:
        sys.stdin.read()


if __name__ == "__main__":
    main()
