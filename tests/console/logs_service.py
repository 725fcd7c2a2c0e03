"""A stand-in for CloudWatch Logs with Live Tail, whose event stream botocore itself reads."""

import json
import queue
import struct
import threading
import zlib
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ARN = "arn:aws:logs:us-east-1:1:log-group:"
END = object()


def frame(kind, name, payload):
    """A message of the event stream: lengths, headers and payload, each with its checksum."""
    headers = {f":{kind}-type": name, ":message-type": kind, ":content-type": "application/json"}
    head = b"".join(
        struct.pack(">B", len(key))
        + key.encode()
        + struct.pack(">BH", 7, len(value))
        + value.encode()
        for key, value in headers.items()
    )
    body = json.dumps(payload).encode()
    start = struct.pack(">II", 16 + len(head) + len(body), len(head))
    start += struct.pack(">I", zlib.crc32(start)) + head + body
    return start + struct.pack(">I", zlib.crc32(start))


def update(*lines, sampled=False):
    """What AWS sends each second: lines that are new."""
    results = [{"message": json.dumps(line), "timestamp": 1} for line in lines]
    payload = {"sessionMetadata": {"sampled": sampled}, "sessionResults": results}
    return frame("event", "sessionUpdate", payload)


class LogsService:
    """Log groups `app` and `app-2`. `frames` go to the session that is open, `END` ends it;
    `asked` are the calls so far; `refused` the calls that are answered with an error.
    """

    def __init__(self):
        self.frames = queue.Queue()
        self.asked = []
        self.refused = {}
        self.events = []
        self.url = ""

    def calls(self, name):
        return [body for asked, body in self.asked if asked == name]

    def answer(self, name, body):
        if name == "DescribeLogGroups":
            names = ["app", "app-2", "apple"]
            found = [each for each in names if each.startswith(body["logGroupNamePrefix"])]
            groups = [{"logGroupName": each, "arn": f"{ARN}{each}:*"} for each in found]
            return {"logGroups": groups[: body["limit"]]}
        if name == "FilterLogEvents":
            return {"events": self.events}
        return {}


class Handler(BaseHTTPRequestHandler):
    """Answers calls of the JSON protocol, and StartLiveTail with a stream in chunks."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        service = self.server.service
        name = self.headers["X-Amz-Target"].rpartition(".")[2]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        service.asked.append((name, body))
        if name in service.refused:
            self._send(400, {"__type": service.refused[name], "message": "not here"})
        elif name == "StartLiveTail":
            self._stream(service)
        else:
            self._send(200, service.answer(name, body))

    def _send(self, status, answer):
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, service):
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.amazon.eventstream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        given = frame("event", "initial-response", {})
        while given is not END:
            try:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(given), given))
            except OSError:
                service.asked.append(("EndOfSession", {}))
                self.close_connection = True
                return
            given = self._next(service)
        self.wfile.write(b"0\r\n\r\n")

    def _next(self, service):
        try:
            return service.frames.get(timeout=0.1)
        except queue.Empty:
            return update()

    def log_message(self, *_):
        pass


@contextmanager
def serving():
    """Call it for a LogsService that runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.service = LogsService()
    server.service.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.service
    server.shutdown()
    server.server_close()
