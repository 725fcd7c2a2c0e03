"""Log delivery to CloudWatch that loses nothing and never makes a request wait.

    logging -> SpoolHandler -> spool (files that survive the process) -> shipper -> CloudWatch or an archive

Imports nothing of the rest of the project, so it can be lifted into any Python service.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from .spool import DEFAULT_MAX_BYTES, Spool

if TYPE_CHECKING:
    from .spool_handler import SpoolHandler

__all__ = ["DEFAULT_MAX_BYTES", "Spool", "handler"]


def handler(
    spool_dir: Path | str, *, max_bytes: int = DEFAULT_MAX_BYTES, level: int = logging.NOTSET
) -> "SpoolHandler":
    """A logging handler that stores events in `spool_dir`, for a shipper to deliver.

    Make one per process, before or after forking: a forked child goes on with a segment of its own.
    Any number of processes may share the folder; `max_bytes` bounds it for all of them together.
    """
    from .client import SpoolClient
    from .spool_handler import SpoolHandler

    return SpoolHandler(SpoolClient(Spool(spool_dir, max_bytes=max_bytes)), level=level)
