"""Load tests: k6 run against a server, and what it found joined with the log lines of the same
requests.

`run_k6` keeps all that k6 measured in one folder; `read_run` reads what was written about the run,
`make_report` joins and counts, `page` writes the HTML.
"""

from .errors import LoadError
from .k6 import find_k6, run_k6
from .making import make_report
from .record import new_run_id, write_record
from .report import Report
from .run import ReportError, Run, read_run
from .target import require_up, seed

__all__ = [
    "LoadError",
    "Report",
    "ReportError",
    "Run",
    "find_k6",
    "make_report",
    "new_run_id",
    "read_run",
    "require_up",
    "run_k6",
    "seed",
    "write_record",
]
