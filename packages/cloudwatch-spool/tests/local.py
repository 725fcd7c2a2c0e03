"""A shipper in the test's own process, for tests that need no death."""

import json
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from cloudwatch_spool import CloudWatch, Counters, Spool, Stop
from cloudwatch_spool.cloudwatch import LogStream
from cloudwatch_spool.collector import Collector
from cloudwatch_spool.delivery import EndpointDelivery, Rejects
from cloudwatch_spool.folder import SpoolFolder
from cloudwatch_spool.shipper import Shipper
from cloudwatch_spool.status import Statistics
from cloudwatch_spool.waiting import Backoff

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

    def ship(self, *, report_interval_s: float = 60, **options: Any) -> Counters:
        """Deliver all there is."""
        stop = Stop(deadline_s=60)
        stop.request()
        folder, statistics = SpoolFolder(self.path), Statistics(self.path)
        delivery = EndpointDelivery(
            LogStream(CloudWatch(GROUP, **options), STREAM, client=self.client),
            rejects=Rejects(self.path),
            stop=stop,
            statistics=statistics,
            name="shipper",
            backoff=Backoff(first_s=0.01, last_s=0.05),
        )
        shipper = Shipper(
            folder,
            delivery,
            new_collector=lambda: Collector(folder, statistics=statistics),
            stop=stop,
            statistics=statistics,
            name="shipper",
            report_interval_s=report_interval_s,
        )
        with folder.shipping() as lock:
            shipper.run(lock)
        stop.close()
        return statistics.counters

    def delivered(self) -> list[dict[str, Any]]:
        """Every message that CloudWatch has, as fields."""
        return [json.loads(text) for text in self.stub.messages().elements()]
