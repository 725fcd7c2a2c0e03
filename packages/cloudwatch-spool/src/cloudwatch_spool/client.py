"""What watchtower takes for its connection to CloudWatch, and is a spool on the local disk."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from .spool import Spool


class SpoolClient:
    """Stands in for `boto3.client("logs")`: give it to any watchtower handler as its
    `boto3_client`.

    It makes no connection and asks for no credentials. A plain `watchtower.CloudWatchLogHandler`
    needs `use_queues=False`, `create_log_group=False` and a `max_message_size` that cuts nothing;
    its events count as INFO when the spool runs full, since watchtower does not pass levels on.
    """

    def __init__(self, spool: Spool) -> None:
        """The client of this spool."""
        self.spool = spool

    def put_log_events(
        self,
        *,
        logGroupName: str,
        logStreamName: str,
        logEvents: Iterable[Mapping[str, Any]],
        **_: object,
    ) -> dict[str, object]:
        """Store the events. Group and stream are the shipper's to decide, so their names are
        ignored.
        """
        for event in logEvents:
            payload = event["message"].encode("utf-8", "replace")
            self.spool.append(payload, event["timestamp"], event.get("level", logging.INFO))
        return {}
