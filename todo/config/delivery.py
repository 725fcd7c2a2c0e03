"""The way of a log line: the spool, the shipper, and where that delivers."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

__all__ = ["DeliverySettings"]

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
LOG_GROUP = r"^[.\-_/#A-Za-z0-9]{1,512}$"
LOG_STREAM = r"^[^:*]{1,512}$"


class DeliverySettings(BaseModel):
    """Where lines wait, and where they go."""

    log_output: Literal["stdout", "spool"] = Field(
        "stdout",
        description="Where gunicorn's processes write their lines: standard output, or the"
        " shipper's spool.",
    )
    spool_dir: Path = Field(
        Path("var/spool"), description="The spool: where lines wait for the shipper."
    )
    spool_max_bytes: int = Field(
        2 << 30,
        ge=32 << 20,
        description="Bytes that the spool may take; at the cap the lowest level is dropped first.",
    )
    log_destination: Literal["archive", "cloudwatch"] = Field(
        "archive",
        description="Where `todo ship` delivers: to files on this host, or to CloudWatch Logs.",
    )
    log_group: str = Field("taskoverflow", pattern=LOG_GROUP, description="The log group.")
    log_stream: str | None = Field(
        None,
        pattern=LOG_STREAM,
        description="The log stream. Unset: the ECS task's id, else this host's name.",
    )
    create_log_group: bool = Field(
        True,
        description="Whether `todo ship` creates a log group that is missing, or waits until"
        " somebody does.",
    )
    log_retention_days: int | None = Field(
        None,
        ge=1,
        description="Retention of a log group that `todo ship` has to create; unset for ever.",
    )
    service_environment: str | None = Field(
        None,
        min_length=1,
        max_length=512,
        description="Where this runs, such as `production`. With it CloudWatch links the lines to"
        " the service `taskoverflow` there.",
    )
    traces_endpoint: str | None = Field(
        None,
        pattern=r"^(xray|https?://\S+)$",
        description="Where `todo ship` sends the lines of requests as spans too: the URL of an"
        " OTLP/HTTP receiver, or `xray`. Unset for nowhere.",
    )
    archive_dir: Path = Field(
        Path("var/logs"), description="The archive: newline JSON, a file an hour."
    )
    archive_retention_days: float = Field(
        14, gt=0, description="Days that the archive keeps a file."
    )
    archive_max_bytes: int = Field(
        2 << 30, ge=1 << 20, description="Bytes that the archive may take; the oldest go."
    )
    ship_drain_deadline_s: float = Field(
        15,
        gt=0,
        le=3600,
        description="Seconds that `todo ship` goes on delivering once it is asked to stop.",
    )

    @property
    def live_file(self) -> Path:
        """The file by which `todo logging` changes what a running service logs."""
        return self.spool_dir / "logging.json"
