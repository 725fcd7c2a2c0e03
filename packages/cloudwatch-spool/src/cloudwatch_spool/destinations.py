"""Where a shipper delivers: to CloudWatch Logs, to an archive on this host, to a collector."""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_METADATA_TIMEOUT_S = 2

Attribute = str | int | float | bool


@dataclass(frozen=True)
class Service:
    """What the lines are of, so that CloudWatch links them to its metrics and traces.

    It goes with each batch as the `entity` of PutLogEvents. `attributes` say more, under the names
    that CloudWatch knows, such as PlatformType or ECS.Cluster. Raises ValueError for what it would
    not take (API reference of Entity, read November 2026).
    """

    name: str
    environment: str
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Checks lengths and number."""
        if len(self.attributes) > 10:
            raise ValueError("A service has at most 10 attributes.")
        for key, value in {"name": self.name, "environment": self.environment}.items():
            if not 1 <= len(value) <= 512:
                raise ValueError(f"A service's {key} has 1 to 512 characters.")
        for key, value in self.attributes.items():
            if not (1 <= len(key) <= 256 and 1 <= len(value) <= 512):
                raise ValueError(f"The attribute {key!r} of a service is empty or too long.")

    def as_entity(self) -> dict[str, dict[str, str]]:
        """As PutLogEvents takes it."""
        identity = {"Type": "Service", "Name": self.name, "Environment": self.environment}
        return {"keyAttributes": identity, "attributes": dict(self.attributes)}


@dataclass(frozen=True)
class CloudWatch:
    """A log stream, reached with boto3's ordinary credentials, region and `AWS_ENDPOINT_URL`."""

    group: str
    stream: str | None = None
    """None: `default_stream()`. Each shipper needs one of its own."""
    create_group: bool = True
    """Whether to create a group that is missing, or to wait until somebody else does."""
    retention_days: int | None = None
    """Of a group that the shipper has to create; None for ever."""
    service: Service | None = None
    """None: the lines go without an entity."""


@dataclass(frozen=True)
class Otlp:
    """A receiver of traces by OTLP/HTTP, such as a collector or X-Ray."""

    endpoint: str
    """The whole URL, such as http://localhost:4318/v1/traces."""
    resource: Mapping[str, Attribute] = field(default_factory=dict)
    """What the spans are of, such as service.name; at most 16 KB for X-Ray."""
    headers: Mapping[str, str] = field(default_factory=dict)
    region: str | None = None
    """Set it to sign requests for X-Ray in that region, with boto3's credentials."""

    @classmethod
    def xray(cls, region: str, *, resource: Mapping[str, Attribute]) -> "Otlp":
        """X-Ray's own endpoint, which needs Transaction Search switched on in the account."""
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        return cls(f"https://xray.{region}.{suffix}/v1/traces", resource, region=region)


@dataclass(frozen=True)
class Archive:
    """Files `<path>/<group>/<stream>/YYYY-MM-DDTHH.ndjson`, by the UTC hour of each event."""

    path: Path | str
    group: str
    stream: str | None = None
    """None: `default_stream()`."""
    retention_days: float = 14
    """Days after which a file is deleted."""
    max_bytes: int = 2 << 30
    """Beyond it the oldest files of the whole archive are deleted, but never the newest."""


def default_stream() -> str:
    """The name of a log stream that nobody else has: the ECS task's id, else this host's name."""
    metadata_uri = os.environ.get("ECS_CONTAINER_METADATA_URI_V4")
    return (metadata_uri and _task_id(metadata_uri)) or socket.gethostname()


def _task_id(metadata_uri: str) -> str | None:
    """The id of the task that this container belongs to; None where ECS does not say it."""
    import urllib.request  # half of what importing this package would take

    url = f"{metadata_uri}/task"
    try:
        with urllib.request.urlopen(url, timeout=_METADATA_TIMEOUT_S) as answer:  # noqa: S310  # ECS's own
            arn = str(json.load(answer)["TaskARN"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return arn.rpartition("/")[2]
