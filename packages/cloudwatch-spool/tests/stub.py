"""A CloudWatch Logs of the tests' own: enforces PutLogEvents' rules, keeps a ledger, and fails on
demand.

Run as a program it prints two ports: the service's and the control's. The control takes POST
/faults with the faults to have from now on (an empty object for none), and gives GET /events,
/calls, /violations, /groups.
"""

import contextlib
import json
import os
import random
import socket
import struct
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOUR_MS = 3_600_000
MAX_BATCH_BYTES = 1_048_576
MAX_MESSAGE_BYTES = 1_000_000


class Refusal(Exception):
    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


class State:
    """The account: groups, what was accepted, and how it misbehaves now."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.groups: dict[str, dict[str, Any]] = {}
        self.messages: Counter[str] = Counter()
        self.timestamps: dict[str, int] = {}
        self.calls: list[dict[str, Any]] = []
        self.current: dict[str, Any] = {}
        self.violations: list[str] = []
        self.faults: dict[str, Any] = {}
        self.credentials_served = 0

    def now_ms(self) -> int:
        return int((time.time() + self.faults.get("clock_offset_s", 0)) * 1000)

    def call(self, call: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            self.current = call
            return getattr(self, call["action"])(body)

    def make_stream(self, group: str, stream: str) -> None:
        with self.lock:
            self.groups[group] = {"streams": [stream], "retention_days": None}

    def CreateLogGroup(self, body: dict[str, Any]) -> dict[str, Any]:
        if self.faults.get("deny_create"):
            raise Refusal("AccessDeniedException", "not allowed to create")
        if body["logGroupName"] in self.groups:
            raise Refusal("ResourceAlreadyExistsException", "the group exists")
        self.groups[body["logGroupName"]] = {"streams": [], "retention_days": None}
        return {}

    def PutRetentionPolicy(self, body: dict[str, Any]) -> dict[str, Any]:
        self._group(body)["retention_days"] = body["retentionInDays"]
        return {}

    def CreateLogStream(self, body: dict[str, Any]) -> dict[str, Any]:
        if self.faults.get("deny_create"):
            raise Refusal("AccessDeniedException", "not allowed to create")
        streams = self._group(body)["streams"]
        if body["logStreamName"] in streams:
            raise Refusal("ResourceAlreadyExistsException", "the stream exists")
        streams.append(body["logStreamName"])
        return {}

    def DescribeLogGroups(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"logGroups": [{"logGroupName": name} for name in self.groups]}

    def PutLogEvents(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["logStreamName"] not in self._group(body)["streams"]:
            raise Refusal("ResourceNotFoundException", "The specified log stream does not exist.")
        events = body["logEvents"]
        poison = self.faults.get("poison")
        if poison and any(poison in event["message"] for event in events):
            raise Refusal("InvalidParameterException", "an event is not to our taste")
        self._enforce(events)
        rejected = self._rejected(events, self._group(body)["retention_days"])
        first, last = rejected.pop("from"), rejected.pop("to")
        for event in events[first:last]:
            self.messages[event["message"]] += 1
            self.timestamps[event["message"]] = event["timestamp"]
        writers = {event["message"].partition('"id": "')[2].partition(":")[0] for event in events}
        self.current |= {
            "events": len(events),
            "accepted": last - first,
            "writers": sorted(writers),
        }
        return {"nextSequenceToken": "0"} | (
            {"rejectedLogEventsInfo": rejected} if rejected else {}
        )

    def _group(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["logGroupName"] not in self.groups:
            raise Refusal("ResourceNotFoundException", "The specified log group does not exist.")
        return self.groups[body["logGroupName"]]

    def _enforce(self, events: list[dict[str, Any]]) -> None:
        sizes = [len(event["message"].encode()) for event in events]
        times = [event["timestamp"] for event in events]
        rules = {
            "a batch has 1 to 10,000 events": 1 <= len(events) <= 10_000,
            "a batch has at most 1,048,576 bytes": sum(sizes) + 26 * len(sizes) <= MAX_BATCH_BYTES,
            "a message has at least 1 byte": min(sizes, default=1) >= 1,
            "an event has at most 1 MB": max(sizes, default=0) <= MAX_MESSAGE_BYTES,
            "no timestamp is negative": min(times, default=0) >= 0,
            "events are in order of time": times == sorted(times),
            "a batch spans at most 24 hours": max(times, default=0) - min(times, default=0)
            <= 24 * HOUR_MS,
        }
        for rule, holds in rules.items():
            if not holds:
                self.violations.append(rule)
                raise Refusal("InvalidParameterException", rule)

    def _rejected(self, events: list[dict[str, Any]], retention_days: int | None) -> dict[str, int]:
        """End indexes are exclusive, the start index is inclusive, as in the API's model."""
        now = self.now_ms()
        times = [event["timestamp"] for event in events]
        old = sum(1 for moment in times if moment < now - 14 * 24 * HOUR_MS)
        limit = now - retention_days * 24 * HOUR_MS if retention_days else 0
        expired = sum(1 for moment in times if moment < limit)
        new = sum(1 for moment in times if moment > now + 2 * HOUR_MS)
        info: dict[str, int] = {}
        if old:
            info["tooOldLogEventEndIndex"] = old
        if expired > old:
            info["expiredLogEventEndIndex"] = expired
        if new:
            info["tooNewLogEventStartIndex"] = len(times) - new
        return info | {"from": max(old, expired), "to": len(times) - new}


STATE = State()


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        faults = STATE.faults
        action = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        length = int(self.headers["Content-Length"])
        call = {
            "action": action,
            "at": time.monotonic(),
            "outcome": "none",
            "key": self._access_key(),
        }
        call["connection"] = self.client_address[1]
        STATE.calls.append(call)
        if faults.get("refuse"):  # a connection from before
            return self._reset()
        if faults.get("reset"):
            self.rfile.read(length // 2)
            return self._reset()
        body = self.rfile.read(length)
        if faults.get("blackhole"):
            while STATE.faults.get("blackhole"):
                time.sleep(0.05)
            return self._reset()
        time.sleep(faults.get("delay_s", 0))
        try:
            self._misbehave(action)
            try:
                answer = STATE.call(call, json.loads(body))
            except ValueError:
                call["outcome"] = "garbled"
                raise Refusal("SerializationException", "the body is no JSON") from None
        except Refusal as refusal:
            call["outcome"] = refusal.code
            return self._answer(refusal.status, {"__type": refusal.code, "message": str(refusal)})
        call["outcome"] = "ok"
        if faults.get("drop_response"):
            return self._reset()
        return self._answer(200, answer)

    def _misbehave(self, action: str) -> None:
        faults = STATE.faults
        error = faults.get("error") or {"actions": []}
        is_meant = action in error.get("actions", ["PutLogEvents"])
        if is_meant and random.random() < error.get("probability", 1):
            raise Refusal(error["code"], "as told", error.get("status", 400))
        if faults.get("good_key") and self._access_key() != faults["good_key"]:
            raise Refusal(
                "ExpiredTokenException", "The security token included in the request is expired"
            )
        if faults.get("check_clock"):
            signed = datetime.strptime(self.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(
                tzinfo=UTC
            )
            if abs(signed.timestamp() * 1000 - STATE.now_ms()) > 15 * 60 * 1000:
                raise Refusal("InvalidSignatureException", "Signature expired")

    def _access_key(self) -> str:
        return self.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0]

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        with contextlib.suppress(OSError):
            self.send_response_only(status)
            self.send_header("Date", formatdate(STATE.now_ms() / 1000, usegmt=True))
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            self.wfile.flush()

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().handle()

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def handle_error(self, *_: object) -> None:
        pass


class Switch:
    """The service's listening socket, which can be closed and opened again on the same port."""

    def __init__(self) -> None:
        self.server: Server | None = Server(("127.0.0.1", 0), Service)
        self.port = self.server.server_address[1]
        self._serve()

    def _serve(self) -> None:
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def set(self, is_open: bool) -> None:
        if is_open and self.server is None:
            self.server = Server(("127.0.0.1", self.port), Service)
            self._serve()
        elif not is_open and self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


SWITCH = Switch()


class Control(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/faults":
            STATE.faults = body
            SWITCH.set(not body.get("refuse"))
        elif self.path == "/stream":
            STATE.make_stream(**body)
        elif self.path == "/delete":
            with STATE.lock:
                STATE.groups.pop(body["group"], None)
        self._answer({})

    def do_GET(self) -> None:
        with STATE.lock:
            if self.path == "/credentials":
                return self._credentials()
            answer: Any = {
                "/events": [
                    [text, count, STATE.timestamps[text]] for text, count in STATE.messages.items()
                ]
                if self.path == "/events"
                else None,
                "/count": len(STATE.messages),
                "/calls": STATE.calls,
                "/violations": STATE.violations,
                "/groups": STATE.groups,
            }[self.path]
            return self._answer(answer)

    def _credentials(self) -> None:
        STATE.credentials_served += 1
        if STATE.faults.get("credentials_down"):
            self.send_error(500)
            return
        expiration = datetime.fromtimestamp(time.time() + 3600, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._answer(
            {
                "AccessKeyId": STATE.faults.get("next_key", "KEY1"),
                "SecretAccessKey": "secret",
                "Token": "token",
                "Expiration": expiration,
            }
        )

    def _answer(self, answer: Any) -> None:
        data = json.dumps(answer).encode()
        self.send_response_only(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def main() -> None:
    control = Server(("127.0.0.1", 0), Control)
    print(SWITCH.port, control.server_address[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    control.serve_forever(0.05)


if __name__ == "__main__":
    main()
