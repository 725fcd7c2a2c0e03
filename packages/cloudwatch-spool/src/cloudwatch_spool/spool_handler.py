"""The logging handler that writes to a spool, and a client that lets watchtower write to one."""

import json
import logging
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from math import floor
from pathlib import Path
from typing import Any

from .spool import DEFAULT_MAX_BYTES, Spool


def handler(
    spool: Path | str, *, max_bytes: int = DEFAULT_MAX_BYTES, level: int = logging.NOTSET
) -> "SpoolHandler":
    """A logging handler that stores events in the folder `spool`, for a shipper to deliver.

    Its formatter makes one JSON object of a record, with timestamp, level, logger, message and
    exception; set another that makes JSON as you like. Make one handler per process, before or
    after forking: a forked child goes on with a segment of its own. Any number of processes may
    share the folder; `max_bytes` bounds it for all of them together. Raises SpoolFolderError at
    once if nothing can be written there.
    """
    return SpoolHandler(Spool(spool, max_bytes=max_bytes), level=level)


class SpoolHandler(logging.Handler):
    """Writes each record to the spool before the logging call returns, in a few microseconds.

    It never raises into the caller, whatever the record holds: what cannot be formatted is stored
    with what is known of it. It goes on working after `close()`, `logging.shutdown()` and a second
    `dictConfig`, since nothing is open that would have to be closed.
    """

    def __init__(self, spool: Spool, *, level: int = logging.NOTSET) -> None:
        """`level`: records below it are not stored."""
        super().__init__(level)
        self.setFormatter(_JSONFormatter())
        self._append = spool.append

    def handle(self, record: logging.LogRecord) -> bool:
        """Store the record unless a filter refuses it. No lock is held while it is formatted."""
        if self.filters:
            kept: bool | logging.LogRecord = self.filter(record)  # a record since Python 3.12
            if not kept:
                return False
            record = kept if isinstance(kept, logging.LogRecord) else record
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Store the record; never raises."""
        try:
            payload = self.format(record).encode("utf-8", "replace")
            microseconds = floor(record.created * 1_000_000)
            timestamp_ms, microsecond = microseconds // 1000, microseconds % 1000
        except Exception as error:  # a formatter may raise anything, and the request must go on
            timestamp_ms, microsecond = int(time.time() * 1000), 0
            payload = _without_formatter(record, timestamp_ms, error)
        level = record.levelno if isinstance(record.levelno, int) else logging.INFO
        self._append(payload, timestamp_ms, level, microsecond)

    def flush(self) -> None:
        """Nothing waits in this process, so nothing is to be flushed."""


class SpoolClient:
    """Stands in for `boto3.client("logs")`: a watchtower handler's `boto3_client`.

    It makes no connection and asks for no credentials. A `watchtower.CloudWatchLogHandler` needs
    `use_queues=False`, `create_log_group=False` and a `max_message_size` that cuts nothing; its
    events count as INFO when the spool runs full, since watchtower does not pass levels on.
    """

    def __init__(self, spool: Spool) -> None:
        """The client of this spool."""
        self._spool = spool

    def put_log_events(
        self,
        *,
        logGroupName: str,
        logStreamName: str,
        logEvents: Iterable[Mapping[str, Any]],
        **_: object,
    ) -> dict[str, object]:
        """Store the events. Group and stream are the shipper's to decide: both are ignored."""
        for event in logEvents:
            payload = event["message"].encode("utf-8", "replace")
            self._spool.append(payload, event["timestamp"], event.get("level", logging.INFO))
        return {}


class _JSONFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = _known(record, int(record.created * 1000)) | {"message": record.getMessage()}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields)


def _without_formatter(record: logging.LogRecord, timestamp_ms: int, error: Exception) -> bytes:
    fields = _known(record, timestamp_ms) | {"event": "log", "message": _text(record.msg)}
    if record.args:
        fields["arguments"] = _text(record.args)
    fields["format_error"] = f"{type(error).__name__}: {_text(error)}"
    return json.dumps(fields, default=_text).encode("utf-8", "replace")


def _known(record: logging.LogRecord, timestamp_ms: int) -> dict[str, object]:
    timestamp = datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    return {
        "timestamp": timestamp.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname,
        "logger": record.name,
    }


def _text(value: object) -> str:
    try:
        return value if isinstance(value, str) else repr(value)
    except Exception as error:  # even __repr__ may raise
        return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
