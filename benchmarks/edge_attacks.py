"""Hostile connections beside others: `make bench-edge-attacks`.

The attackers have an address of their own, 127.0.0.2, and a process of their own.
"""

import argparse
import multiprocessing
import select
import socket
import statistics
import sys
import time
from contextlib import suppress
from multiprocessing.synchronize import Event

from .edge_client import Answer, Stream, offer, p95_ms, request
from .edge_servers import edge_on_one_core
from .harness import Server, progress

ROUNDS = 5
SETTLE_S = 2.0  # in which the requests that begin some attacks are served
HEALTH_PER_S = 50
GOOD_PER_S = 100
POST = b"POST /api/v1/todos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
GET = b"GET /api/v1/todos HTTP/1.1\r\n"

# What each connection sends when it begins, and then each second. One that is closed comes again,
# unless it had asked for work: that would be load, which `make bench-edge-overload` is about.
ATTACKS = {
    "silent": (b"", b""),
    "part of a head": (GET + b"Host: loc", b""),
    "part of a body": (POST + b"Content-Length: 1000\r\n\r\n{", b""),
    "one byte a second": (GET + b"X: ", b"x"),
    "reads nothing": (request("/api/v1/todos?limit=1000"), b""),
    "kept and idle": (request("/api/v1/health"), b""),
}
# How many connections there are, and which settings are not the default.
KINDS: dict[str, tuple[int, dict[str, str]]] = {
    "500": (500, {}),
    "500, of which 100 are taken": (500, {"TODO_MAX_CONNECTIONS_PER_ADDRESS": "100"}),
    "5,000, more than may be": (5000, {"TODO_MAX_CONNECTIONS_PER_ADDRESS": "100000"}),
}


def main() -> int:
    """Prints a row for each attack; exit code 1 when one misses a goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of each attack in each round")
    seconds = parser.parse_args().seconds
    print(f"{HEALTH_PER_S} health checks a second on new connections and {GOOD_PER_S} lists of 100")
    print(
        f"todos on kept ones, beside each attack and without it, {ROUNDS} rounds of {seconds:g} s"
    )
    print("in turn; one worker of four threads and PostgreSQL on one core, clients on another\n")
    head = f"{'health':>10}{'p95, ms':>10}{'lists':>10}{'p95, ms':>10}{'times':>8}"
    missed = []
    for kind, (sockets, settings) in KINDS.items():
        print(f"{kind + ' sockets':30}{head}")
        with edge_on_one_core(TODO_PROXY_HOPS="0", **settings) as server:
            for name in ATTACKS:
                missed += _measure(server, name, sockets, seconds)
    print("\ngoals: all answered with 200; health p95 at most 100 ms; lists' p95 at most 2 times")
    print("missed: " + (", ".join(missed) or "none"))
    return int(bool(missed))


def _measure(server: Server, name: str, sockets: int, seconds: float) -> list[str]:
    health: list[Answer] = []
    good: list[Answer] = []
    ratios = []
    for number in range(ROUNDS):
        progress(f"{name}  round {number + 1}/{ROUNDS}")
        calm = _ask(server.port, seconds)
        over = _attack(server.port, name, sockets)
        time.sleep(SETTLE_S)
        beside = _ask(server.port, seconds)
        over.set()
        health += beside[0]
        good += beside[1]
        ratios.append(p95_ms(beside[1]) / p95_ms(calm[1]))
    progress("")
    ratio = statistics.median(ratios)
    cells = f"{_answered(health):>10.1%}{p95_ms(health):>10.1f}{_answered(good):>10.1%}"
    print(f"{name:30}{cells}{p95_ms(good):>10.1f}{ratio:>8.2f}", flush=True)
    goals = {
        f"{name}: health": _answered(health) == 1 and p95_ms(health) <= 100,
        f"{name}: lists": _answered(good) == 1 and ratio <= 2,
    }
    return [goal for goal, is_met in goals.items() if not is_met]


def _ask(port: int, seconds: float) -> tuple[list[Answer], list[Answer]]:
    health = Stream(request("/api/v1/health"), 20, HEALTH_PER_S, is_fresh=True)
    good = Stream(request("/api/v1/todos"), 20, GOOD_PER_S)
    offer(port, [health, good], seconds)
    return health.answers, good.answers


def _answered(answers: list[Answer]) -> float:
    return sum(answer.status == 200 for answer in answers) / len(answers)


def _attack(port: int, name: str, sockets: int) -> Event:
    """Returns when all connections are made; they are kept up until the event is set."""
    over, ready = multiprocessing.Event(), multiprocessing.Event()
    process = multiprocessing.Process(
        target=_keep_up, args=(port, *ATTACKS[name], sockets, ready, over), daemon=True
    )
    process.start()
    ready.wait(60)
    return over


def _keep_up(port: int, begin: bytes, then: bytes, count: int, ready: Event, over: Event) -> None:
    clients = [_connected(port, begin) for _ in range(count)]
    ready.set()
    while not over.wait(1):
        for number, client in enumerate(clients):
            if not begin.endswith(b"\r\n\r\n") and _is_closed(client):
                client.close()
                clients[number] = _connected(port, begin)
        for client in clients if then else ():
            with suppress(OSError):
                client.send(then)


def _connected(port: int, begin: bytes) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.bind(("127.0.0.2", 0))
    client.connect(("127.0.0.1", port))
    client.setblocking(False)
    with suppress(OSError):
        client.send(begin)
    return client


def _is_closed(client: socket.socket) -> bool:
    poller = select.poll()
    poller.register(client, select.POLLRDHUP)
    return bool(poller.poll(0))


if __name__ == "__main__":
    sys.exit(main())
