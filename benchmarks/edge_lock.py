"""A table that somebody locks, under clients that ask again at once: `make bench-edge-lock`."""

import argparse
import math
import sys
import threading
import time
from typing import Any

import psycopg2

from .edge_client import Answer, Stream, offer, p95_ms, request
from .edge_servers import edge_on_one_core
from .harness import Server, progress

CLIENTS = (40, 400)
ONE_TODO = request("/api/v1/todos/200")  # unlike a list, it never comes from memory
BEFORE_S = 3.0
AFTER_S = 5.0
BACK_AFTER_S = 1.0
NOISE = 2.0  # times the share before, which is of few requests
DEADLINE_S = 10.0  # TODO_REQUEST_TIMEOUT_S as it is by default
HEADS = (
    "| clients | refused before | answered | longest | health answered | p95 | longest "
    "| refused after |"
)


def main() -> int:
    """Prints a row for each number of clients; exit code 1 when one misses a goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30, help="how long the lock is held")
    seconds = parser.parse_args().seconds
    print(f"LOCK TABLE todos for {seconds:g} s; each client asks for one todo, and again as soon")
    print("as it is answered; one worker of four threads and PostgreSQL on one core, clients on")
    print(f"another\n\n{HEADS}\n|---|---|---|---|---|---|---|---|")
    missed = []
    with edge_on_one_core() as server:
        offer(server.port, [Stream(ONE_TODO, 16)], 3)
        for clients in CLIENTS:
            missed += _lock(server, clients, seconds)
    print(f"\ngoals: each has an answer within its deadline of {DEADLINE_S:g} s; health all 200,")
    print(f"p95 at most 100 ms; {BACK_AFTER_S:g} s after the lock not more is refused than before,")
    print(f"but for chance ({NOISE:g} times)")
    print("missed: " + (", ".join(missed) or "none"))
    return int(bool(missed))


def _lock(server: Server, clients: int, seconds: float) -> list[str]:
    progress(f"{clients} clients")
    asked = Stream(ONE_TODO, clients)
    health = Stream(request("/api/v1/health"), 20, 50, is_fresh=True)
    released_s: list[float] = []
    # Connected before the core is busy, on which PostgreSQL may have to wait for seconds.
    connection = psycopg2.connect(server.worker.environ()["SQLALCHEMY_DATABASE_URI"])
    began_s = time.monotonic()
    locking = threading.Timer(BEFORE_S, _hold_lock, (connection, seconds, released_s))
    locking.start()
    offer(server.port, [asked, health], BEFORE_S + seconds + AFTER_S)
    locking.join()
    progress("")

    answered = _share(asked.answers, {200, 503})
    longest_s = max(answer.latency_s for answer in asked.answers)
    alive = _share(health.answers, {200})
    longest_ms = max(answer.latency_s for answer in health.answers) * 1000
    calm = [each for each in asked.answers if each.due_s < began_s + BEFORE_S - 0.5]
    again = [each for each in asked.answers if each.due_s > released_s[0] + BACK_AFTER_S]
    before, after = _share(calm, {503}), _share(again, {503})
    cells = [
        f"{clients}",
        f"{before:.1%}",
        f"{answered:.4%}",
        f"{longest_s:.1f} s",
        f"{alive:.4%}",
    ]
    cells += [f"{p95_ms(health.answers):.0f} ms", f"{longest_ms:.0f} ms", f"{after:.1%}"]
    print(f"| {' | '.join(cells)} |", flush=True)
    goals = {
        "answered": answered == 1 and longest_s <= DEADLINE_S,
        "health": alive == 1 and p95_ms(health.answers) <= 100,
        "normal again": after <= NOISE * before,
    }
    return [f"{goal} ({clients} clients)" for goal, is_met in goals.items() if not is_met]


def _hold_lock(connection: Any, seconds: float, released_s: list[float]) -> None:
    connection.cursor().execute("LOCK TABLE todos")
    time.sleep(seconds)
    connection.close()
    released_s.append(time.monotonic())


def _share(answers: list[Answer], statuses: set[int]) -> float:
    """NaN, which meets no goal, where nothing was answered."""
    return sum(answer.status in statuses for answer in answers) / (len(answers) or math.nan)


if __name__ == "__main__":
    sys.exit(main())
