"""What the edge allows its clients, and how long."""

from dataclasses import dataclass

from ...config import Settings

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """The bounds of one worker process. Times are in seconds."""

    threads: int
    queue_s: float
    head_timeout_s: float
    body_timeout_s: float
    write_timeout_s: float
    keep_alive_s: float
    connections: int
    connections_per_address: int
    body_bytes: int = 64 * 1024
    # Of all connections together: what has come and is not yet a request, and answers that wait for
    # their readers.
    buffered_bytes: int = 64 * 1024 * 1024

    @classmethod
    def from_settings(cls, settings: Settings, threads: int, keep_alive_s: float) -> "Limits":
        """The bounds that the settings ask for; the other two are settings of gunicorn's."""
        per_address = settings.max_connections_per_address
        if per_address is None:
            # The address of a connection is a proxy's where there are proxies.
            whole = settings.max_connections
            per_address = whole if settings.proxy_hops else max(1, whole // 2)
        return cls(
            threads=threads,
            queue_s=settings.queue_s,
            head_timeout_s=settings.head_timeout_s,
            body_timeout_s=settings.body_timeout_s,
            write_timeout_s=settings.write_timeout_s,
            keep_alive_s=keep_alive_s,
            connections=settings.max_connections,
            connections_per_address=per_address,
        )
