"""A client for the benchmarks of the edge: one thread, many connections, at a rate of its own.

It is an open model: a request is due at its time, however late the answers before it are, and its
latency counts from then. A request costs it about 25 µs, so that it keeps up on one core with a
server on another.
"""

import select
import socket
import statistics
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Answer", "Stream", "offer", "p95_ms", "percentile_ms", "request"]

_GONE = 0  # the status of a request whose connection ended before its answer


def request(path: str, *, closes: bool = False) -> bytes:
    """The bytes of a GET."""
    kept = "close" if closes else "keep-alive"
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: {kept}\r\n\r\n".encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """`due_s` is a moment of `time.monotonic`, from which `latency_s` counts.

    `exchange_s` counts from when a connection was free to send the request; `status` is 0 where no
    answer came.
    """

    due_s: float
    latency_s: float
    exchange_s: float
    status: int


@dataclass
class Stream:
    """Requests of one kind: `per_s` of them, or without it as many as `connections` make possible,
    each with one request at a time. `is_fresh` takes a new connection for each.
    """

    data: bytes
    connections: int
    per_s: float | None = None
    is_fresh: bool = False
    answers: list[Answer] = field(default_factory=list)


class _Connection:
    def __init__(self, port: int, poller: "select.epoll") -> None:
        self.due_s = self.sent_s = 0.0
        self._unsent = b""
        self._received = b""
        self._awaited = 0
        self._poller = poller
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(("127.0.0.1", port))
        poller.register(self.socket.fileno(), select.EPOLLIN)

    def send(self, data: bytes) -> None:
        """Sends a request, once it is connected."""
        self._received, self._awaited = b"", 0
        try:
            self.socket.send(data)
        except BlockingIOError:
            self._unsent = data
            self._poller.modify(self.socket.fileno(), select.EPOLLOUT)

    def go_on(self) -> int | None:
        """Does what the poller reported; returns the answer's status once it is there."""
        if not self._unsent:
            return self._receive()
        try:
            self.socket.send(self._unsent)
        except OSError:
            return _GONE
        self._unsent = b""
        self._poller.modify(self.socket.fileno(), select.EPOLLIN)
        return None

    def _receive(self) -> int | None:
        try:
            data = self.socket.recv(1 << 17)
        except BlockingIOError:
            return None
        except ConnectionError:
            return _GONE
        if not data:
            return _GONE
        self._received += data
        if not self._awaited:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return None
            begin = self._received.index(b"Content-Length: ", 0, end) + 16
            length = self._received[begin : self._received.index(b"\r", begin)]
            self._awaited = end + 4 + int(length)
        return int(self._received[9:12]) if len(self._received) >= self._awaited else None


class _Running:
    """A stream under way."""

    def __init__(self, stream: Stream, port: int, poller: "select.epoll", began_s: float) -> None:
        self.stream = stream
        self.next_s = began_s
        self.busy: dict[int, _Connection] = {}
        self._port = port
        self._poller = poller
        self._idle: deque[_Connection] = deque()
        if not stream.is_fresh:
            self._idle.extend(_Connection(port, poller) for _ in range(stream.connections))

    def send_due(self, now_s: float) -> None:
        """Sends what is due, as far as connections are idle."""
        stream = self.stream
        while len(self.busy) < stream.connections and (
            stream.per_s is None or self.next_s <= now_s
        ):
            connection = self._idle.popleft() if self._idle else self._new()
            self.busy[connection.socket.fileno()] = connection
            connection.due_s = connection.sent_s = now_s
            if stream.per_s is not None:
                connection.due_s = self.next_s
                self.next_s += 1 / stream.per_s
            try:
                connection.send(stream.data)
            except OSError:
                self._finish(connection, _GONE)

    def go_on(self, descriptor: int) -> None:
        """Does what the poller reported, if it is one of its connections."""
        connection = self.busy.get(descriptor)
        status = connection.go_on() if connection else None
        if connection and status is not None:
            self._finish(connection, status)

    def end(self) -> None:
        """Counts what is under way as unanswered."""
        for connection in list(self.busy.values()):
            self._finish(connection, _GONE)
        for connection in self._idle:
            connection.socket.close()

    def _new(self) -> _Connection:
        return _Connection(self._port, self._poller)

    def _finish(self, connection: _Connection, status: int) -> None:
        now_s = time.monotonic()
        latency_s, exchange_s = now_s - connection.due_s, now_s - connection.sent_s
        self.stream.answers.append(Answer(connection.due_s, latency_s, exchange_s, status))
        del self.busy[connection.socket.fileno()]
        if status == _GONE or self.stream.is_fresh:
            connection.socket.close()
        else:
            self._idle.append(connection)


def offer(port: int, streams: Sequence[Stream], for_s: float, patience_s: float = 15) -> None:
    """Sends the streams' requests for that long, and collects their answers; those that come
    later than `patience_s` after the end are missing.
    """
    with select.epoll() as poller:
        running = [_Running(stream, port, poller, time.monotonic()) for stream in streams]
        end_s = time.monotonic() + for_s
        while (now_s := time.monotonic()) < end_s + patience_s:
            if now_s < end_s:
                for each in running:
                    each.send_due(now_s)
            elif not any(each.busy for each in running):
                break
            for descriptor, _ in poller.poll(0.001, 256):
                for each in running:
                    each.go_on(descriptor)
        for each in running:
            each.end()


def percentile_ms(answers: Sequence[Answer], percent: int) -> float:
    """In milliseconds; NaN without answers."""
    if len(answers) < 2:
        return float("nan")
    latencies = [answer.latency_s for answer in answers]
    return statistics.quantiles(latencies, n=100, method="inclusive")[percent - 1] * 1000


def p95_ms(answers: Sequence[Answer]) -> float:
    """In milliseconds; NaN without answers."""
    return percentile_ms(answers, 95)
