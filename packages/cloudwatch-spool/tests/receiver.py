"""A receiver of OTLP/HTTP traces that holds its clients to the protocol, and to X-Ray's limits."""

import base64
import gzip
import hashlib
import hmac
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

SECRET = "secret"
ID_DIGITS = {"traceId": 32, "spanId": 16, "parentSpanId": 16}


@dataclass
class Faults:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    poison: str | None = None
    partial: dict[str, Any] | None = None
    hangs: bool = False


class Receiver(ThreadingHTTPServer):
    """Takes traces on a free port until it is closed."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server_port}/v1/traces"
        self.spans: dict[str, Span] = {}
        self.resources: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.violations: list[str] = []
        self.requests = 0
        self.faults = Faults()
        self.may_go_on = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def names(self) -> list[str]:
        return sorted(span.name for span in list(self.spans.values()))

    def close(self) -> None:
        self.may_go_on.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...

    def do_POST(self) -> None:
        faults = self.server.faults
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests += 1
        self.server.headers.append(dict(self.headers.items()))
        self.server.bodies.append(body)
        if faults.hangs:
            self.server.may_go_on.wait(120)
            self.close_connection = True
            return
        text = gzip.decompress(body)
        if faults.status != 200:
            return self._answer(faults.status, {"message": "as told"}, faults.headers)
        if faults.poison and faults.poison.encode() in text:
            return self._answer(400, {"message": "a span is not to our taste"})
        try:
            spans = checked(self.path, dict(self.headers.items()), text)
        except (AssertionError, json_format.ParseError) as error:
            self.server.violations.append(repr(error))
            return self._answer(400, {"message": repr(error)})
        self.server.resources.append(resource_of(text))
        self.server.spans |= {span.span_id.hex(): span for span in spans}
        return self._answer(200, {"partialSuccess": faults.partial} if faults.partial else {})

    def _answer(
        self, status: int, fields: dict[str, Any], headers: dict[str, str] | None = None
    ) -> None:
        data = json.dumps(fields).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def checked(path: str, headers: dict[str, str], text: bytes) -> list[Span]:
    """The spans of a request that keeps to OTLP 1.9 and to X-Ray's limits; else AssertionError."""
    assert path == "/v1/traces"
    assert headers["Content-Type"] == "application/json"
    assert headers["Content-Encoding"] == "gzip"
    assert len(text) <= 5_000_000
    fields = json.loads(text)
    with_bytes(fields)
    request = json_format.ParseDict(fields, ExportTraceServiceRequest())  # refuses unknown fields
    scopes = [scope for each in request.resource_spans for scope in each.scope_spans]
    spans = [span for scope in scopes for span in scope.spans]
    assert 1 <= len(spans) <= 10_000
    for span in spans:
        assert span.ByteSize() <= 200_000
        assert span.name
        assert span.kind != Span.SPAN_KIND_UNSPECIFIED
        assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
    times = [span.end_time_unix_nano for span in spans]
    assert max(times) - min(times) <= 24 * 3600 * 10**9
    return spans


def with_bytes(value: Any) -> None:
    """Ids from hex, as OTLP writes them in JSON, to base64, as protobuf's own JSON has bytes."""
    if isinstance(value, list):
        for each in value:
            with_bytes(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in ID_DIGITS:
                assert re.fullmatch(f"[0-9a-f]{{{ID_DIGITS[name]}}}", each), (name, each)
                assert each.strip("0"), name
                value[name] = base64.b64encode(bytes.fromhex(each)).decode()
            else:
                with_bytes(each)


def resource_of(text: bytes) -> dict[str, str]:
    (resource_spans,) = json.loads(text)["resourceSpans"]
    attributes = resource_spans["resource"]["attributes"]
    return {each["key"]: each["value"]["stringValue"] for each in attributes}


def signature(headers: dict[str, str], body: bytes, *, region: str) -> str:
    """AWS's Signature Version 4 of a request to X-Ray, by its specification and nothing else."""
    sent = {name.lower(): value for name, value in headers.items()}
    signed = re.search(r"SignedHeaders=([^,]+)", sent["authorization"])[1]
    lines = [f"{name}:{sent[name].strip()}\n" for name in signed.split(";")]
    hashed = hashlib.sha256(body).hexdigest()
    canonical = "\n".join(["POST", "/v1/traces", "", "".join(lines), signed, hashed])
    moment = sent["x-amz-date"]
    scope = f"{moment[:8]}/{region}/xray/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", moment, scope, digest])
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, to_sign.encode(), "sha256").hexdigest()
