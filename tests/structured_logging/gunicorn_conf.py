"""gunicorn's configuration for test_gunicorn.py. A sync worker, since only that one times out."""

from todo import structured_logging
from todo.structured_logging.gunicorn import worker_abort

__all__ = ["worker_abort"]

worker_class = "sync"
timeout = 2
control_socket_disable = True
logger_class = "todo.structured_logging.gunicorn.Logger"
accesslog = "-"

structured_logging.configure()
