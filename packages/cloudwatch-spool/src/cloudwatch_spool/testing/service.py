"""The stub's two HTTP servers: the service, and the control that says how it shall misbehave.

Run as a program it prints their ports. The control takes POST /faults with the faults to have from
now on (an empty object for none), and gives GET /events, /calls, /violations, /groups.
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
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .account import Account, Refusal

STATE = Account()


class _Service(BaseHTTPRequestHandler):
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

    def send_error(self, code: int, *rest: Any, **more: Any) -> None:
        """What came was no request of HTTP, such as two that were written through each other."""
        STATE.calls.append({"action": "", "outcome": "garbled"})
        super().send_error(code, *rest, **more)

    def _misbehave(self, action: str) -> None:
        faults = STATE.faults
        error = faults.get("error") or {"actions": []}
        is_meant = action in error.get("actions", ["PutLogEvents"])
        if is_meant and random.random() < error.get("probability", 1):  # noqa: S311  # a die
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


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def handle_error(self, *_: object) -> None:
        pass


class _Switch:
    """The service's listening socket, which can be closed and opened again on the same port."""

    def __init__(self) -> None:
        self.server: _Server | None = self._opened(0)
        self.port = self.server.server_address[1]

    def _opened(self, port: int) -> _Server:
        server = _Server(("127.0.0.1", port), _Service)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    def set(self, is_open: bool) -> None:
        if is_open and self.server is None:
            self.server = self._opened(self.port)
        elif not is_open and self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


SWITCH = _Switch()


class _Control(BaseHTTPRequestHandler):
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
    """Serve until standard input ends."""
    control = _Server(("127.0.0.1", 0), _Control)
    print(SWITCH.port, control.server_address[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    control.serve_forever(0.05)


if __name__ == "__main__":
    main()
