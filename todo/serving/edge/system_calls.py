"""Calls on a socket that wait for nothing, and keep the GIL.

Python gives the GIL away around every call to the kernel. A thread that reads requests while others
run the app would wait for its turn after each, for much longer than the call takes.
"""

import ctypes
import os
import socket
import threading
from socket import MSG_DONTWAIT, MSG_NOSIGNAL

__all__ = ["receive", "send"]

_SEND_FLAGS = int(MSG_DONTWAIT | MSG_NOSIGNAL)  # which enum would put together for each call

_BUFFER_BYTES = 64 * 1024

# Unlike CDLL, PyDLL keeps the GIL.
_libc = ctypes.PyDLL(None, use_errno=True)
_recv = _libc.recv
_recv.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
_recv.restype = ctypes.c_ssize_t
_send = _libc.send
_send.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int)
_send.restype = ctypes.c_ssize_t


class _Buffer(threading.local):
    def __init__(self) -> None:
        self.bytes = bytearray(_BUFFER_BYTES)
        self.view = memoryview(self.bytes)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.bytes))


_buffer = _Buffer()


def receive(client: socket.socket) -> bytes:
    """What is there, at most 64 KiB; nothing at the end of the stream.

    Raises BlockingIOError when nothing is there, and OSError for a connection that has died.
    """
    received = _recv(client.fileno(), _buffer.address, _BUFFER_BYTES, MSG_DONTWAIT)
    if received < 0:
        raise _error()
    return bytes(_buffer.view[:received])


def send(client: socket.socket, data: bytes | memoryview) -> int:
    """Sends what the socket takes, and returns how much.

    Raises BlockingIOError when it takes nothing, and OSError when the client has gone.
    """
    if not isinstance(data, bytes):
        return client.send(data)
    sent: int = _send(client.fileno(), data, len(data), _SEND_FLAGS)
    if sent < 0:
        raise _error()
    return sent


def _error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
