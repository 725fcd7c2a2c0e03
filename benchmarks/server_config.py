"""gunicorn's configuration of the project, with one thing changed: for `make bench-server`."""

import gc
import os
import sys
from typing import Any

from todo.serving import gunicorn_config

globals().update({k: v for k, v in vars(gunicorn_config).items() if not k.startswith("_")})

preload_app = "PRELOAD" in os.environ


def post_worker_init(_worker: Any) -> None:
    """In each worker, once the app is there."""
    if "SWITCH_INTERVAL_S" in os.environ:
        sys.setswitchinterval(float(os.environ["SWITCH_INTERVAL_S"]))
    if "GC_FREEZE" in os.environ:
        gc.collect()
        gc.freeze()
    if "GC_THRESHOLD" in os.environ:
        gc.set_threshold(int(os.environ["GC_THRESHOLD"]), 50, 100)
