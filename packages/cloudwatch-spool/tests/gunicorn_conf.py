"""Writes down the port that the kernel has chosen."""

import os
from pathlib import Path


def when_ready(server):
    new = Path(os.environ["PORT_FILE"] + ".new")
    new.write_text(str(server.LISTENERS[0].sock.getsockname()[1]))
    new.rename(os.environ["PORT_FILE"])
