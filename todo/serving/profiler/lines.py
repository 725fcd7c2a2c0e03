"""How a line of a profile is written."""

import logging
from typing import Any

from canonical_log.event_record import EventRecord
from canonical_log.settings import LOGGER

__all__ = ["write"]


def write(event: str, fields: dict[str, Any]) -> None:
    """Writes one line. Fields that are None are left out."""
    if LOGGER.isEnabledFor(logging.INFO):
        present = {name: value for name, value in fields.items() if value is not None}
        LOGGER.handle(EventRecord(LOGGER.name, logging.INFO, {"event": event, **present}))
