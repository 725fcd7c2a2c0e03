"""One log stream of CloudWatch Logs, through boto3, with every retry left to the caller."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import boto3  # type: ignore[import-untyped]  # it ships no types
import orjson
from botocore.config import Config  # type: ignore[import-untyped]  # it ships no types
from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # it ships no types

from .destinations import CloudWatch
from .endpoint import (
    CONNECT_TIMEOUT_S,
    READ_TIMEOUT_S,
    Receipt,
    asking_boto3,
    server_time_ms,
)
from .events import REJECTED, Event, own_event


def connect() -> Any:
    """A new client with boto3's ordinary credentials, region and `AWS_ENDPOINT_URL`.

    It tries each call once: the shipper has one policy for trying again. Parameters go unchecked,
    as the shipper only builds valid ones; the check would cost more than all the rest of a call.
    """
    config = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        parameter_validation=False,
    )
    with asking_boto3():
        return boto3.Session().client("logs", config=config)


class LogStream:
    """Puts events into one stream and creates it. Every method raises what boto3 raises."""

    def __init__(self, to: CloudWatch, stream: str, *, client: Callable[[], Any] = connect) -> None:
        """No call is made yet.

        `client` makes a boto3 client without parameter validation, and again each time credentials
        are renewed.
        """
        self.name = "CloudWatch"
        self._to = to
        self._stream = stream
        self._new_client = client
        self._client: Any = None
        self._put_body = b""
        self._address: dict[str, Any] = {"logGroupName": to.group, "logStreamName": stream}
        if to.service is not None:
            self._address["entity"] = to.service.as_entity()

    def put(self, events: Sequence[Event]) -> Receipt:
        """Send one batch."""
        self._put_body = orjson.dumps(self._address | {"logEvents": _log_events(events)})
        client = self._connected()
        with asking_boto3():
            response = client.put_log_events(
                logGroupName=self._to.group, logStreamName=self._stream, logEvents=[]
            )
        rejected = _rejected(response.get("rejectedLogEventsInfo") or {}, len(events))
        return Receipt(rejected, server_time_ms(response), _problem(response))

    def create(self) -> None:
        """Make the group with its retention, unless told not to, and the stream."""
        client = self._connected()
        with asking_boto3():
            if self._to.create_group:
                self._make_group(client)
            with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
                client.create_log_stream(logGroupName=self._to.group, logStreamName=self._stream)

    def marker(self, marker_id: str, event: Event) -> Event:
        """A line that says which event is refused for good."""
        return own_event(
            marker_id,
            event.timestamp_ms,
            level="ERROR",
            event=REJECTED,
            message="CloudWatch refused an event; it is kept in the spool's rejected.ndjson",
            rejected_bytes=len(event.message),
            # No more of it: its text may be the fault.
            rejected_event_id=orjson.loads(event.message)["event_id"],
        )

    def renew(self) -> None:
        """Forget the client, so that the next call reads the credentials anew."""
        if self._client is not None:
            self._client.close()
        self._client = None

    def _connected(self) -> Any:
        if self._client is None:
            self._client = self._new_client()
            self._client.meta.events.register(
                "before-call.cloudwatch-logs.PutLogEvents", self._replace_body
            )
        return self._client

    def _replace_body(self, params: dict[str, Any], **_: object) -> None:
        """Send what `put` has serialized: botocore's own walk through it is half a call's cost.

        Without this the call would be refused, since a batch may not be empty.
        """
        params["body"] = self._put_body

    def _make_group(self, client: Any) -> None:
        try:
            client.create_log_group(logGroupName=self._to.group)
        except ClientError:  # it exists, or this role may not: the stream's creation will tell
            return
        if self._to.retention_days is not None:
            # A role may create groups and not this; logs matter more.
            with contextlib.suppress(ClientError):
                client.put_retention_policy(
                    logGroupName=self._to.group, retentionInDays=self._to.retention_days
                )


def _log_events(events: Sequence[Event]) -> list[dict[str, object]]:
    return [
        {"timestamp": event.timestamp_ms, "message": event.message.decode()} for event in events
    ]


def _problem(response: Mapping[str, Any]) -> str | None:
    """A refused entity does not mean that events were refused."""
    entity = response.get("rejectedEntityInfo")
    return f"the service (entity) is refused: {entity.get('errorType')}" if entity else None


def _rejected(info: Mapping[str, int], count: int) -> dict[int, str]:
    """The end indexes are exclusive, the start index is inclusive."""
    reasons: dict[int, str] = {}
    for index in range(min(info.get("tooOldLogEventEndIndex", 0), count)):
        reasons[index] = "too_old"
    for index in range(min(info.get("expiredLogEventEndIndex", 0), count)):
        reasons.setdefault(index, "expired")
    for index in range(info.get("tooNewLogEventStartIndex", count), count):
        reasons[index] = "too_new"
    return reasons
