"""One log stream of CloudWatch Logs, through boto3, with every retry left to the caller."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from operator import attrgetter
from typing import Any

import boto3  # type: ignore[import-untyped]  # it ships no types
import orjson
from botocore.config import Config  # type: ignore[import-untyped]  # it ships no types
from botocore.exceptions import (  # type: ignore[import-untyped]  # it ships no types
    BotoCoreError,
    ClientError,
)

from .destinations import CloudWatch
from .events import EVENT_OVERHEAD_BYTES, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, Event

_CONNECT_TIMEOUT_S = 3
_READ_TIMEOUT_S = 10
_MAX_BATCH_SPAN_MS = 24 * 3600 * 1000

_by_time = attrgetter("timestamp_ms")


class ConfigurationError(OSError):
    """boto3 can do nothing with its configuration, or with what a credential process printed."""


@contextlib.contextmanager
def _asking_boto3() -> Iterator[None]:
    """Inside is only boto3: where it stumbles over a value, that is not one of ours."""
    try:
        yield
    except BotoCoreError:  # some of them are ValueErrors too
        raise
    except (KeyError, ValueError) as error:
        raise ConfigurationError(f"{type(error).__name__}: {error}") from error


def connect() -> Any:
    """A new client with boto3's ordinary credentials, region and `AWS_ENDPOINT_URL`.

    It tries each call once: the shipper has one policy for trying again. Parameters go unchecked,
    as the shipper only builds valid ones; the check would cost more than all the rest of a call.
    """
    config = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        parameter_validation=False,
    )
    with _asking_boto3():
        return boto3.Session().client("logs", config=config)


@dataclass(frozen=True, slots=True)
class Receipt:
    """CloudWatch's answer to a batch: which events it refused all the same, by index, and why."""

    rejected: dict[int, str]
    server_time_ms: int | None
    problem: str | None = None
    """What it did not like, although it took the events."""


class LogStream:
    """Puts events into one stream and creates it. Every method raises what boto3 raises."""

    def __init__(self, to: CloudWatch, stream: str, *, client: Callable[[], Any] = connect) -> None:
        """No call is made yet.

        `client` makes a boto3 client without parameter validation, and again each time credentials
        are renewed.
        """
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
        with _asking_boto3():
            response = client.put_log_events(
                logGroupName=self._to.group, logStreamName=self._stream, logEvents=[]
            )
        rejected = _rejected(response.get("rejectedLogEventsInfo") or {}, len(events))
        return Receipt(rejected, server_time_ms(response), _problem(response))

    def create(self) -> None:
        """Make the group with its retention, unless told not to, and the stream."""
        client = self._connected()
        with _asking_boto3():
            if self._to.create_group:
                self._make_group(client)
            with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
                client.create_log_stream(logGroupName=self._to.group, logStreamName=self._stream)

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


def server_time_ms(response: Mapping[str, Any]) -> int | None:
    """CloudWatch's own time when it answered, to the second, or None if the answer has none."""
    date = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return int(parsedate_to_datetime(date).timestamp() * 1000)
    except (TypeError, ValueError):
        return None


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


def batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    """All events in order of time, cut at what one call takes: size, number and span."""
    ordered = sorted(events, key=_by_time)
    if ordered and _is_one_batch(ordered):
        yield ordered
        return
    batch: list[Event] = []
    size = 0
    for event in ordered:
        if batch and (
            size + event.size > MAX_BATCH_BYTES
            or len(batch) == MAX_BATCH_EVENTS
            or event.timestamp_ms - batch[0].timestamp_ms >= _MAX_BATCH_SPAN_MS
        ):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += event.size
    if batch:
        yield batch


def _is_one_batch(ordered: list[Event]) -> bool:
    """The usual case, found out without a look at each event in turn."""
    size = sum([len(event.message) for event in ordered]) + EVENT_OVERHEAD_BYTES * len(ordered)
    span_ms = ordered[-1].timestamp_ms - ordered[0].timestamp_ms
    return (
        size <= MAX_BATCH_BYTES
        and len(ordered) <= MAX_BATCH_EVENTS
        and span_ms < _MAX_BATCH_SPAN_MS
    )
