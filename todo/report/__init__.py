"""What a load test found, from both sides: k6's samples joined with the log lines of the same requests.

`read_run` reads what `todo load` wrote about a run, `make_report` joins and counts, `page` writes the HTML.
"""

from .making import make_report
from .report import Report
from .run import ReportError, Run, read_run

__all__ = ["Report", "ReportError", "Run", "make_report", "read_run"]
