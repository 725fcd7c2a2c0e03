"""The socket that the server listens on, and who has its port when it cannot be had."""

import http.client
import importlib.util
import socket
import urllib.error
import urllib.request

__all__ = ["answers", "base_url", "bound_socket", "is_taskoverflow", "pid_of_listener"]

BACKLOG = 2048  # connections that wait to be accepted; gunicorn's own default


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket that listens on the address, which nobody else can have from now on.

    Whoever inherits it serves: connections wait in it while nobody does. Raises OSError.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def base_url(host: str, port: int) -> str:
    """The URL under which this machine reaches a server that listens there."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not bound
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def is_taskoverflow(url: str) -> bool:
    """Whether a TaskOverflow answers there within a second."""
    try:
        with urllib.request.urlopen(f"{url}/api/v1/health", timeout=1) as answer:  # noqa: S310  # http
            return bool(answer.read() == b'{"status":"ok"}')
    except (OSError, http.client.HTTPException):
        return False


def answers(url: str) -> bool:
    """Whether a web server answers there within a second, whatever it says."""
    try:
        urllib.request.urlopen(url, timeout=1).close()  # noqa: S310  # http
    except urllib.error.HTTPError:
        return True
    except (OSError, http.client.HTTPException):
        return False
    return True


def pid_of_listener(port: int) -> int | None:
    """The process that listens on the port, of several that share the socket the one that was
    first.

    None where it cannot be told: another user's, or psutil is not installed.
    """
    if importlib.util.find_spec("psutil") is None:
        return None
    import psutil  # type: ignore[import-untyped]  # has no type hints

    found: dict[int, float] = {}
    for process in psutil.process_iter():
        try:
            for connection in process.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                    found[process.pid] = process.create_time()
        except psutil.Error:
            continue
    return min(found, key=lambda pid: (found[pid], pid)) if found else None
