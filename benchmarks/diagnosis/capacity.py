"""How many requests a second a server answers when it is always asked again at once."""

import itertools
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress

__all__ = ["capacity_per_s"]

_CLIENTS = 8
_SECONDS = 1.5
_TRIES = 2
_TIMEOUT_S = 30.0


def capacity_per_s(port: str, request: str) -> float:
    """Of `METHOD PATH`; N in the path is a number that grows. The best of a few tries, since other
    programs use the machine, too.
    """
    return max(_answered_per_s(port, request) for _ in range(_TRIES))


def _answered_per_s(port: str, request: str) -> float:
    method, path = request.split(" ")
    numbers = itertools.count(1)
    done: list[float] = []
    started_s = time.monotonic()

    def ask() -> None:
        while time.monotonic() < started_s + _SECONDS:
            url = f"http://127.0.0.1:{port}{path.removesuffix('N')}"
            url += str(next(numbers)) if path.endswith("N") else ""
            asked = urllib.request.Request(url, method=method)
            with suppress(urllib.error.HTTPError):  # refused, since others already wait
                urllib.request.urlopen(asked, timeout=_TIMEOUT_S).read()
                done.append(time.monotonic())

    clients = [threading.Thread(target=ask) for _ in range(_CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return len(done) / (max(done) - started_s) if done else 0.0
