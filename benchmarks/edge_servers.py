"""The app in one worker on a core of its own, for the benchmarks of the edge: whoever asks it has
another core, so that neither takes the other's time.
"""

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from .database import database_with_todos
from .harness import Server, Variant, serving

__all__ = ["edge_on_one_core"]

TODOS = 1000
DESCRIPTORS = 10_000
EDGE = ["--config", "python:todo.serving.gunicorn_config", "--log-level", "error"]


@contextmanager
def edge_on_one_core(app: str = "todo:create_app()", **settings: str) -> Iterator[Server]:
    """A worker of four threads with PostgreSQL on the first core, this process on the others."""
    cores = sorted(psutil.Process().cpu_affinity())
    if len(cores) < 2:
        sys.exit("this benchmark needs two cores: one for the server, one for its clients")
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    try:
        psutil.Process().cpu_affinity(cores[:1])  # what is started from here on has it, too
        with database_with_todos(TODOS) as uri:
            own = {"SQLALCHEMY_DATABASE_URI": uri, "TODO_WORKERS": "1"} | settings
            variant = Variant(app, own, [*EDGE, "--worker-class", _WORKER], output=os.devnull)
            with serving(variant) as server:
                psutil.Process().cpu_affinity(cores[1:])
                yield server
    finally:
        psutil.Process().cpu_affinity(cores)


_WORKER = "todo.serving.edge.worker.EdgeWorker"
