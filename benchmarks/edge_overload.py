"""Ten times what the server can do: `make bench-edge-overload`.

What that costs depends on what bounds the capacity. Where it is the database, the server has time
to send nine of ten away. Where it is the core itself, each refusal takes from it what an answer
would need: with a refusal at 5 % of the CPU of an answer, ten times as much asks for 145 % of it.
"""

import argparse
import sys
import time
from dataclasses import replace

from .edge_client import Answer, Stream, offer, p95_ms, percentile_ms, request
from .edge_servers import edge_on_one_core
from .harness import Server, progress

QUEUE_S = 1.0  # TODO_QUEUE_S as it is by default
CLIENTS = 3500  # below TODO_MAX_CONNECTIONS
WORK = {
    "waits for the database": "/api/v1/wait",
    "computes: one todo": "/api/v1/todos/200",
}
HEADS = (
    *("capacity/s", "offered/s", "goodput", "accepted p99", "refused p99", "sent p99"),
    *("health p95", "back"),
)


def main() -> int:
    """Prints a row for each kind of work; exit code 1 when one misses a goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long the overload lasts")
    parser.add_argument("--times", type=float, default=10, help="of the capacity are offered")
    args = parser.parse_args()
    print(f"{args.times:g} times the capacity for {args.seconds:g} s; one worker of four threads")
    print(f"and PostgreSQL on one core, {CLIENTS} connections on another; times in ms, from when")
    print("a request was due; `sent` is from when a connection was free to send it\n")
    print(f"{'':24}" + "".join(f"{head:>14}" for head in HEADS))
    missed = []
    with edge_on_one_core("benchmarks.edge_apps:waiting()", TODO_QUEUE_S=str(QUEUE_S)) as server:
        for name, path in WORK.items():
            missed += _overload(server, name, path, args.times, args.seconds)
    print(
        "\ngoals: goodput at least 0.9; accepted p99 at most the queue's bound and the time of an"
    )
    print("answer; refused p99 at most 50 ms; health all 200, p95 at most 100 ms; back within 2 s")
    print("missed: " + (", ".join(missed) or "none"))
    return int(bool(missed))


def _overload(server: Server, name: str, path: str, times: float, seconds: float) -> list[str]:
    progress(f"{name}: capacity")
    offer(server.port, [Stream(request(path), 16)], 3)
    alone = Stream(request(path), 16)
    offer(server.port, [alone], 10)
    per_s = len(_with(alone, 200)) / 10
    progress(f"{name}: {times:g} times {per_s:.0f} a second")
    wanted = Stream(request(path), CLIENTS, per_s * times)
    health = Stream(request("/api/v1/health"), 20, 50, is_fresh=True)
    offer(server.port, [wanted, health], seconds)
    over_s = time.monotonic()
    after = Stream(request(path), 100, per_s / 2)
    offer(server.port, [after], 5)
    progress("")

    accepted, refused = _with(wanted, 200), _with(wanted, 503)
    goodput = len(accepted) / seconds / per_s
    late_ms = percentile_ms(accepted, 99)
    refused_ms = percentile_ms(refused, 99)
    back_s = max((a.due_s - over_s for a in after.answers if a.status != 200), default=0.0)
    figures = [f"{per_s:.0f}", f"{len(wanted.answers) / seconds:.0f}", f"{goodput:.2f}"]
    sent_ms = percentile_ms([replace(a, latency_s=a.exchange_s) for a in wanted.answers], 99)
    health_ms = p95_ms(health.answers)
    figures += [f"{figure:.0f}" for figure in (late_ms, refused_ms, sent_ms, health_ms)]
    print(f"{name:24}" + "".join(f"{cell:>14}" for cell in [*figures, f"{back_s:.1f} s"]))
    goals = {
        "goodput": goodput >= 0.9,
        "accepted": late_ms <= QUEUE_S * 1000 + percentile_ms(alone.answers, 99),
        "refused": refused_ms <= 50,
        "health": len(_with(health, 200)) == len(health.answers) and health_ms <= 100,
        "back": back_s <= 2,
    }
    return [f"{goal} ({name})" for goal, is_met in goals.items() if not is_met]


def _with(stream: Stream, status: int) -> list[Answer]:
    return [answer for answer in stream.answers if answer.status == status]


if __name__ == "__main__":
    sys.exit(main())
