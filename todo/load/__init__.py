"""Load tests: k6 run against a server, with all that it measured kept in one folder, for the report."""

from .errors import LoadError
from .k6 import find_k6, run_k6
from .record import new_run_id, write_record
from .target import require_up, seed

__all__ = ["LoadError", "find_k6", "new_run_id", "require_up", "run_k6", "seed", "write_record"]
