"""What a request feels of its log events: ten of them, in a worker with four threads and a
CPU-bound one beside.
"""

import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from http.client import HTTPConnection
from itertools import chain
from pathlib import Path
from typing import Any

from benchmarks.delivery_calls import RECORD, handler, spin
from benchmarks.harness import Server, Variant, progress, serving

__all__ = ["requests"]

ROUNDS = 7
CLIENTS = 4
REQUESTS_PER_CLIENT = 200
EVENTS = 10
WAIT_S = 0.001
"""What a request waits for its database."""


def make_app() -> Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]:
    """The app that gunicorn runs, with the handler that `VARIANT` names."""
    logger = logging.Logger("bench")
    logger.addHandler(handler(os.environ["VARIANT"], Path(os.environ["FOLDER"])))
    threading.Thread(target=spin, args=(threading.Event(),), daemon=True).start()

    def app(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        for _ in range(EVENTS):
            logger.info(RECORD)
        time.sleep(WAIT_S)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    return app


def requests() -> tuple[float, list[float]]:
    """The p99 of a request with our handler to that with formatting alone: over all rounds, and in
    each.
    """
    times_ms: dict[str, list[list[float]]] = {"format only": [], "ours": []}
    for number in range(ROUNDS):
        for variant, rounds in times_ms.items():
            progress(f"requests  round {number + 1}/{ROUNDS}  {variant}")
            with tempfile.TemporaryDirectory() as folder:
                environment = {"VARIANT": variant, "FOLDER": folder}
                with serving(
                    Variant("benchmarks.delivery_requests:make_app()", environment), CLIENTS
                ) as server:
                    rounds.append(_times_ms(server))
    progress("")
    p99_ms = {variant: _p99(chain.from_iterable(rounds)) for variant, rounds in times_ms.items()}
    print(
        f"\nA request with {EVENTS} events, {CLIENTS} threads beside a CPU-bound one, p99 in ms: "
        f"{p99_ms}"
    )
    pairs = zip(times_ms["ours"], times_ms["format only"], strict=True)
    return p99_ms["ours"] / p99_ms["format only"], [
        _p99(ours) / _p99(alone) for ours, alone in pairs
    ]


def _times_ms(server: Server) -> list[float]:
    times: list[float] = []
    clients = [threading.Thread(target=_ask, args=(server.port, times)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return times


def _p99(times: Iterable[float]) -> float:
    ordered = sorted(times)
    return round(ordered[len(ordered) * 99 // 100], 1)


def _ask(port: int, times: list[float]) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(REQUESTS_PER_CLIENT):
        start = time.perf_counter()
        connection.request("GET", "/")
        connection.getresponse().read()
        times.append((time.perf_counter() - start) * 1000)
    connection.close()
