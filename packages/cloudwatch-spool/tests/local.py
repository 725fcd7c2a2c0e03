"""A shipper in the test's own process, for tests that need no death."""

import json
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from cloudwatch_spool import Spool
from cloudwatch_spool.backoff import Backoff
from cloudwatch_spool.delivery import CloudWatchDelivery
from cloudwatch_spool.folder import SpoolFolder
from cloudwatch_spool.log_stream import LogStream
from cloudwatch_spool.rejects import Rejects
from cloudwatch_spool.shipper import Shipper
from cloudwatch_spool.statistics import Statistics
from cloudwatch_spool.stop import Stop

from .harness import GROUP, STREAM, Stub

SESSION = boto3.Session(
    "KEY1", "secret", region_name="eu-central-1"
)  # one: it reads its models only once


class Local:
    """One spool, written and shipped here."""

    def __init__(self, stub: Stub, folder: Path, **options: Any) -> None:
        self.stub = stub
        self.path = folder / "spool"
        self.spool = Spool(self.path, **options)

    def client(self) -> Any:
        config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
        return SESSION.client("logs", endpoint_url=self.stub.url, config=config)

    def append(self, message: str | bytes, timestamp_ms: int, level: int = 20) -> None:
        payload = message if isinstance(message, bytes) else message.encode()
        self.spool.append(payload, timestamp_ms, level)

    def ship(self, *, report_interval_s: float = 60, **options: Any) -> Statistics:
        """Deliver all there is."""
        stop = Stop(deadline_s=60)
        stop.request()
        statistics = Statistics(self.path)
        delivery = CloudWatchDelivery(
            LogStream(GROUP, STREAM, client=self.client, **options),
            rejects=Rejects(self.path),
            stop=stop,
            statistics=statistics,
            name="shipper",
            backoff=Backoff(first_s=0.01, last_s=0.05),
        )
        shipper = Shipper(
            SpoolFolder(self.path),
            delivery,
            stop=stop,
            statistics=statistics,
            name="shipper",
            report_interval_s=report_interval_s,
        )
        shipper.run()
        return statistics

    def delivered(self) -> list[dict[str, Any]]:
        """Every message that CloudWatch has, as fields."""
        return [json.loads(text) for text in self.stub.messages().elements()]
