"""A receiver of traces by OTLP/HTTP with JSON: a collector, or X-Ray with signed requests."""

import gzip
from collections.abc import Mapping, Sequence
from typing import Any

import boto3  # type: ignore[import-untyped]  # it ships no types
import orjson
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]  # it ships no types
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]  # it ships no types
from botocore.exceptions import (  # type: ignore[import-untyped]  # it ships no types
    ClientError,
    NoCredentialsError,
)
from botocore.httpsession import URLLib3Session  # type: ignore[import-untyped]  # it ships no types
from botocore.utils import get_environ_proxies  # type: ignore[import-untyped]  # it ships no types

from .answers import is_known
from .destinations import Otlp
from .endpoint import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, Receipt, asking_boto3, server_time_ms
from .events import REJECTED, Event
from .spans import Span, as_attributes, span_id_of, trace_id_of

_OPERATION = "ExportTraceServiceRequest"


class OtlpEndpoint:
    """Sends spans; every method raises what boto3 would."""

    def __init__(self, to: Otlp) -> None:
        """No call is made yet."""
        self.name = to.endpoint
        self._to = to
        resource = orjson.dumps({"attributes": as_attributes(to.resource)})
        scope = orjson.dumps({"name": __package__})
        self._head = b'{"resourceSpans":[{"resource":%b,"scopeSpans":[{"scope":%b,"spans":[' % (
            resource,
            scope,
        )
        self._http: Any = None
        self._credentials: Any = None

    def put(self, events: Sequence[Event]) -> Receipt:
        """Send one batch."""
        body = self._head + b",".join(event.message for event in events) + b"]}]}]}"
        request = AWSRequest(
            "POST", self._to.endpoint, headers=self._headers(), data=gzip.compress(body, 5)
        )
        with asking_boto3():
            if self._to.region is not None:
                self._sign(request)
            answer = self._session().send(request.prepare())
        metadata = {
            "HTTPStatusCode": answer.status_code,
            "HTTPHeaders": {name.lower(): value for name, value in answer.headers.items()},
        }
        fields = _fields(answer.content)
        if not 200 <= answer.status_code < 300:
            raise ClientError(
                {"Error": _error(metadata, fields), "ResponseMetadata": metadata}, _OPERATION
            )
        dropped, problem = _partial_success(fields)
        return Receipt({}, server_time_ms({"ResponseMetadata": metadata}), problem, dropped)

    def create(self) -> None:
        """There is nothing to make."""

    def renew(self) -> None:
        """Forget connection and credentials, so that the next call reads these anew."""
        if self._http is not None:
            self._http.close()
        self._http = self._credentials = None

    def marker(self, marker_id: str, event: Event) -> Event:
        """A span of its own trace that says which one is refused for good."""
        time_ns = event.timestamp_ms * 1_000_000
        span = Span(
            trace_id_of(marker_id),
            span_id_of(marker_id),
            REJECTED,
            time_ns,
            time_ns,
            attributes={
                "rejected_bytes": len(event.message),
                "rejected_span_id": orjson.loads(event.message)["spanId"],
            },
            error="a span was refused; it is kept in the spool's traces/rejected.ndjson",
        )
        return Event(event.timestamp_ms, span.as_json())

    def _headers(self) -> dict[str, str]:
        own = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        return {**self._to.headers, **own}

    def _sign(self, request: AWSRequest) -> None:
        if self._credentials is None:
            self._credentials = boto3.Session().get_credentials()
        if self._credentials is None:
            raise NoCredentialsError
        frozen = self._credentials.get_frozen_credentials()
        SigV4Auth(frozen, "xray", self._to.region).add_auth(request)

    def _session(self) -> Any:
        if self._http is None:
            self._http = URLLib3Session(
                proxies=get_environ_proxies(self._to.endpoint),
                timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
            )
        return self._http


def _fields(content: bytes) -> dict[str, Any]:
    try:
        fields = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _error(metadata: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, str]:
    """As boto3 has it: AWS's code where there is one, else the status; 400 means the spans."""
    named = metadata["HTTPHeaders"].get("x-amzn-errortype") or fields.get("__type") or ""
    code = str(named).partition(":")[0].rpartition("#")[2]
    if not is_known(code):
        is_about_spans = metadata["HTTPStatusCode"] == 400
        code = "ValidationException" if is_about_spans else f"HTTP{metadata['HTTPStatusCode']}"
    return {"Code": code, "Message": str(fields.get("message", ""))[:1000]}


def _partial_success(fields: Mapping[str, Any]) -> tuple[int, str | None]:
    """How many spans were not taken, and why; such are not to be sent again (OTLP 1.9)."""
    partial = fields.get("partialSuccess") or {}
    try:
        dropped = int(partial.get("rejectedSpans", 0))
    except ValueError:
        dropped = 0
    message = str(partial.get("errorMessage", ""))[:1000]
    return dropped, f"dropped {dropped} spans: {message}" if dropped or message else None
