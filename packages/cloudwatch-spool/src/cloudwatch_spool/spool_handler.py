"""The logging handler: watchtower's, writing to the spool, without the ways in which it loses or
blocks.
"""

import json
import logging
import time
from datetime import UTC, datetime

import watchtower

from .client import SpoolClient


class SpoolHandler(watchtower.CloudWatchLogHandler):
    """Writes each record to the spool before the logging call returns, in a few microseconds.

    It never raises into the caller, whatever the record holds: what cannot be formatted is stored
    with what is known of it. It goes on working after `close()`, `logging.shutdown()` and a second
    `dictConfig`, since nothing is open that would have to be closed.
    """

    def __init__(self, client: SpoolClient, *, level: int = logging.NOTSET) -> None:
        """Makes no call to AWS. Set any formatter that gives one JSON object per record."""
        super().__init__(
            log_group_name="spool",
            log_stream_name="spool",
            use_queues=False,
            boto3_client=client,
            create_log_group=False,
            level=level,
        )
        self.filters.clear()  # watchtower hides botocore's records; nothing here calls AWS, so none can recur
        self._append = client.spool.append

    def handle(self, record: logging.LogRecord) -> bool:
        """Store the record unless a filter refuses it. No lock is held while it is formatted."""
        kept: bool | logging.LogRecord = self.filter(record)  # a record since Python 3.12
        if kept:
            self.emit(kept if isinstance(kept, logging.LogRecord) else record)
        return bool(kept)

    def emit(self, record: logging.LogRecord) -> None:
        """Store the record; never raises."""
        try:
            payload = self.format(record).encode("utf-8", "replace")
            timestamp_ms = int(record.created * 1000)
        except Exception as error:  # a formatter may raise anything, and the request must go on
            timestamp_ms = int(time.time() * 1000)
            payload = _without_formatter(record, timestamp_ms, error)
        self._append(payload, timestamp_ms, record.levelno)

    def flush(self) -> None:
        """Nothing waits in this process, so nothing is to be flushed."""

    def close(self) -> None:
        """Take the handler off logging's list. Records that still come are stored all the same."""
        logging.Handler.close(self)


def _without_formatter(record: logging.LogRecord, timestamp_ms: int, error: Exception) -> bytes:
    timestamp = datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    fields = {
        "timestamp": timestamp.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname,
        "logger": record.name,
        "event": "log",
        "message": _text(record.msg),
        "arguments": _text(record.args) if record.args else None,
        "format_error": f"{type(error).__name__}: {_text(error)}",
    }
    present = {name: value for name, value in fields.items() if value is not None}
    return json.dumps(present, default=_text).encode("utf-8", "replace")


def _text(value: object) -> str:
    try:
        return value if isinstance(value, str) else repr(value)
    except Exception as error:  # even __repr__ may raise
        return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
