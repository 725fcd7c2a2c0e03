"""gunicorn's configuration for test_gunicorn.py. A sync worker, since only that one times out."""

import canonical_log
from canonical_log.gunicorn import worker_abort

__all__ = ["worker_abort"]

worker_class = "sync"
timeout = 2
control_socket_disable = True
logger_class = "canonical_log.gunicorn.Logger"
accesslog = "-"

canonical_log.configure()
