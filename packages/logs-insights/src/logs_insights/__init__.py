"""CloudWatch Logs Insights queries, on AWS and, with the same answers, on local files.

`run_local` answers a query from files, `run_aws` from CloudWatch through a boto3 client; `parse`
only reads it. `logs_insights.rendering` writes an answer as a table, JSON or CSV.
"""

from .aws import cost_usd, logs_client, run_aws
from .duckdb.local import run_local
from .errors import InsightsError, QueryError
from .files import LogFile, named_files
from .language.parsing import parse
from .named_groups import Reads, reads
from .results import DEFAULT_LIMIT, Results, Statistics
from .time_range import TimeRange, duration_ms, moment_ms

__all__ = [
    "DEFAULT_LIMIT",
    "InsightsError",
    "LogFile",
    "QueryError",
    "Reads",
    "Results",
    "Statistics",
    "TimeRange",
    "cost_usd",
    "duration_ms",
    "logs_client",
    "moment_ms",
    "named_files",
    "parse",
    "reads",
    "run_aws",
    "run_local",
]
__version__ = "0.1.0"
