"""One log stream of CloudWatch Logs, through boto3, with every retry left to the caller."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import boto3  # type: ignore[import-untyped]  # it ships no types
import orjson
from botocore.config import Config  # type: ignore[import-untyped]  # it ships no types
from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # it ships no types

from .event import Event

_CONNECT_TIMEOUT_S = 3
_READ_TIMEOUT_S = 10


def connect() -> Any:
    """A new CloudWatch Logs client with boto3's ordinary credentials, region and
    `AWS_ENDPOINT_URL`.

    It tries each call once: the shipper has one policy for trying again. Parameters go unchecked,
    as the shipper only builds valid ones; the check would cost more than all the rest of a call.
    """
    config = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        parameter_validation=False,
    )
    return boto3.Session().client("logs", config=config)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What CloudWatch says about events that it has taken: which of them it refused, by index, and
    why.
    """

    rejected: dict[int, str]
    server_time_ms: int | None


class LogStream:
    """Puts events into one stream and creates it. Every method raises what boto3 raises."""

    def __init__(
        self,
        group: str,
        stream: str,
        *,
        create_group: bool = True,
        retention_days: int | None = None,
        client: Callable[[], Any] = connect,
    ) -> None:
        """No call is made yet.

        `client` makes a boto3 client without parameter validation, and again each time credentials
        are renewed.
        """
        self.group = group
        self.stream = stream
        self._create_group = create_group
        self._retention_days = retention_days
        self._new_client = client
        self._client: Any = None
        self._put_body = b""

    def put(self, events: Sequence[Event]) -> Receipt:
        """Send one batch."""
        self._put_body = orjson.dumps(
            {
                "logGroupName": self.group,
                "logStreamName": self.stream,
                "logEvents": [
                    {"timestamp": event.timestamp_ms, "message": event.message.decode()}
                    for event in events
                ],
            }
        )
        response = self._connected().put_log_events(
            logGroupName=self.group, logStreamName=self.stream, logEvents=[]
        )
        rejected = _rejected(response.get("rejectedLogEventsInfo") or {}, len(events))
        return Receipt(rejected, server_time_ms(response))

    def create(self) -> None:
        """Make the group with its retention (unless `create_group` is false) and the stream, where
        this role may.
        """
        client = self._connected()
        if self._create_group:
            self._make_group(client)
        with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
            client.create_log_stream(logGroupName=self.group, logStreamName=self.stream)

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
        """Send what `put` has serialized: botocore walks through every event in Python, at half of
        a call's cost.

        Without this the call would be refused, since a batch may not be empty.
        """
        params["body"] = self._put_body

    def _make_group(self, client: Any) -> None:
        try:
            client.create_log_group(logGroupName=self.group)
        except ClientError:  # it exists, or this role may not: the stream's creation will tell
            return
        if self._retention_days is not None:
            with contextlib.suppress(
                ClientError
            ):  # a role may create groups and not this; logs matter more
                client.put_retention_policy(
                    logGroupName=self.group, retentionInDays=self._retention_days
                )


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
