"""A proxy before PostgreSQL that can cut a connection at any byte of the protocol."""

import contextlib
import socket
import threading
from urllib.parse import parse_qs, urlsplit

__all__ = ["CuttingProxy"]


class CuttingProxy:
    """Listens on 127.0.0.1; `cut_after` says where the connections that follow are cut.

    `seen` counts what went through since `reset()`, in both directions together.
    """

    def __init__(self, uri):
        """Stands before the server of the URI, which listens on a Unix socket."""
        url = urlsplit(uri)
        self._target = f"{parse_qs(url.query)['host'][0]}/.s.PGSQL.5432"
        self._database = url.path
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._has_cut = threading.Event()
        self._open = []
        self.reset()
        self._is_closed = False
        self._threads = []
        self._run(self._accept)

    @property
    def uri(self):
        """The database's URI through the proxy."""
        port = self._listener.getsockname()[1]
        return f"postgresql://postgres@127.0.0.1:{port}{self._database}?sslmode=disable"

    def reset(self, cut_after=None, cut_at=None, hang_at=None):
        """From now on, cut everything after so many bytes, or when the client sends this text; or
        pass nothing on from when it sends this other one.
        """
        with self._lock:
            self.seen = 0
            self._is_due = False
            self._has_cut.clear()
            self._cut_after = cut_after
            self._cut_at = cut_at
            self._hang_at = hang_at
            self._hangs = False

    def finish(self):
        """Returns when the cut, if it has come to that, is made."""
        if self._is_due:
            assert self._has_cut.wait(30)

    def close(self):
        """Ends the proxy and its connections, and returns when they are closed."""
        self._is_closed = True
        socket.create_connection(self._listener.getsockname()).close()  # wakes accept()
        self._cut(self._open)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self):
        while True:
            client, _ = self._listener.accept()
            if self._is_closed:
                client.close()
                return
            self._run(self._serve, client)

    def _serve(self, client):
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(self._target)
            with self._lock:
                self._open.append((client, server))
            answers = self._run(self._pass, server, client, False)
            self._pass(client, server, True)
            answers.join()

    def _run(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _pass(self, source, target, is_clients):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                data, doomed = self._let_through(data, is_clients)
                try:
                    target.sendall(data)
                finally:
                    if doomed:
                        self._cut(doomed)
                        self._has_cut.set()
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _let_through(self, data, is_clients):
        """What goes on of it, and the connections to be cut then.

        Those are only what is open at this moment: a thread that is late must not cut what is
        opened for a later request.
        """
        with self._lock:
            if is_clients and self._hang_at and self._hang_at in data:
                self._hangs = True
            if self._hangs:
                return b"", []
            if is_clients and self._cut_at and self._cut_at in data:
                self._cut_after = self.seen  # its answer gets nowhere
                return data, self._doom()
            if self._cut_after is not None and self.seen + len(data) >= self._cut_after:
                data = data[: max(self._cut_after - self.seen, 0)]
                self.seen = self._cut_after
                return data, self._doom()
            self.seen += len(data)
            return data, []

    def _doom(self):
        self._is_due = True
        doomed, self._open = self._open, []
        return doomed

    def _cut(self, pairs):
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
