"""Log delivery to CloudWatch Logs that outlives the process and never makes a request wait.

    logging -> handler() -> spool (files that survive the process) -> ship() -> CloudWatch or files

A process that logs imports neither boto3 nor anything else that AWS needs.
"""

from .archive import ArchiveFile, archive_files
from .destinations import Archive, CloudWatch, Otlp, Service, default_stream
from .folder import SpoolFolderError
from .shipping import ship
from .spans import Kind, Span, Traces, span_id_of, trace_id_of, traces_folder
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
    "Kind",
    "Otlp",
    "Service",
    "Span",
    "Spool",
    "SpoolClient",
    "SpoolFolderError",
    "SpoolHandler",
    "Status",
    "Stop",
    "Traces",
    "archive_files",
    "default_stream",
    "handler",
    "ship",
    "span_id_of",
    "status",
    "trace_id_of",
    "traces_folder",
]
