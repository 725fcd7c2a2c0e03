"""Log delivery to CloudWatch Logs that outlives the process and never makes a request wait.

    logging -> handler() -> spool (files that survive the process) -> ship() -> CloudWatch or files

A process that logs imports neither boto3 nor anything else that AWS needs.
"""

from .archive import ArchiveFile, archive_files
from .destinations import Archive, CloudWatch, Service, default_stream
from .folder import SpoolFolderError
from .shipper import ship
from .spool import DEFAULT_MAX_BYTES, Spool
from .spool_handler import SpoolClient, SpoolHandler, handler
from .status import Backlog, Counters, Status, status
from .waiting import Stop

__all__ = [
    "DEFAULT_MAX_BYTES",
    "Archive",
    "ArchiveFile",
    "Backlog",
    "CloudWatch",
    "Counters",
    "Service",
    "Spool",
    "SpoolClient",
    "SpoolFolderError",
    "SpoolHandler",
    "Status",
    "Stop",
    "archive_files",
    "default_stream",
    "handler",
    "ship",
    "status",
]
