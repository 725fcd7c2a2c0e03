"""The console as a server: a thread that reads the logs, and threads for the pages."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from .app import create_console
from .follower import Follower
from .index import Index
from .live import Live
from .live_tail import LiveTail
from .runner import Runner
from .sources import Sources

__all__ = ["serve_console"]

_LOOK_EVERY_S = 0.25
_STOPS_WITHIN_S = 5.0


def serve_console(
    listener: socket.socket, sources: Sources, load_tests: Runner | None = None
) -> None:
    """Serves on a socket that listens on this machine, until the process is told to stop. Without
    `load_tests` no page starts any.
    """
    port = listener.getsockname()[1]
    live = Live()
    files = sources.files
    follower = None
    if files is not None:
        follower = Follower(lambda: Index(sources.index), files, live.take)
    if sources.is_aws:
        threading.Thread(target=LiveTail(sources.log_groups, live).run, daemon=True).start()
    hosts = [f"{name}:{port}" for name in ("127.0.0.1", "localhost")]
    app = create_console(sources, live, follower, hosts, load_tests)
    server = make_server(
        "127.0.0.1", port, app, threaded=True, request_handler=_Quiet, fd=listener.fileno()
    )
    with ExitStack() as stack:
        if follower is not None:
            stack.enter_context(_running(follower))
        server.serve_forever()


@contextmanager
def _running(follower: Follower) -> Iterator[None]:
    """Reads in a thread, which has ended before the interpreter takes its modules down."""
    thread = threading.Thread(target=follower.run, args=(_LOOK_EVERY_S,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        follower.stop()
        thread.join(_STOPS_WITHIN_S)


class _Quiet(WSGIRequestHandler):
    """Says nothing of the requests: they are the reader's own."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Says nothing."""
