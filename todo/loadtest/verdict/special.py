"""Culprits that are no state of a thread: a worker, too few threads, too few users, memory; and
which host is waited for.
"""

from dataclasses import replace

import duckdb

from ..run import Run
from .latency import RouteTimes
from .model import Served
from .spending import Spending
from .suspect import Suspect
from .workers import bad_worker

__all__ = [
    "blame_load_machines",
    "blame_memory",
    "blame_threads",
    "blame_users",
    "blame_worker",
    "lock_first",
    "name_hosts",
]

_WORKER_SHARE = 0.5  # of what the worst suspect takes
_LOCK_SHARE = 0.5  # the same
_FEW_THREADS = 4
_SHORT_WAIT_MS, _SHORT_WAIT_OF_FEWEST_MS = 60.0, 150.0
_FEWEST_THREADS = 2
_STATEMENTS_OF_A_CHATTY_REQUEST = 6
_DROPPED = 0.02
_HARDLY_FULL = 0.3
_USERS_BUSY = 0.6
_CPU_FULL = 0.8  # of all cores; k6's documentation wants a fifth idle
_COLLECTING, _MOSTLY_COLLECTING = 0.2, 0.6  # of the CPU time
_SOME_GROWTH_BYTES = 30e6
_GROWTH, _GROWTH_BYTES = 0.5, 100e6
_WAITS = ("database", "upstream", "unknown", "commit")
_HOSTS = """
SELECT route, host, sum(ms) / sum(n) FROM called JOIN logged USING (id)
GROUP BY ALL ORDER BY sum(ms) DESC, host
"""


def blame_worker(
    database: duckdb.DuckDBPyConnection, spent: Spending, guilty: list[Suspect]
) -> list[Suspect]:
    """The suspects, with a worker that is worse than the others before them, where it explains most
    of the worst.
    """
    worst = bad_worker(database, spent)
    if worst is None or not guilty or worst.excess_ms < _WORKER_SHARE * guilty[0].ms:
        return guilty
    suspect = Suspect("worker", worst.route, worst.excess_ms)
    suspect.field, suspect.example = f"worker={worst.writer}", worst.example
    suspect.notes = [f"a request costs {worst.ratio:,.0f} times as much there as elsewhere"]
    if worst.location:
        suspect.locations.add(worst.location, worst.excess_ms)
    return [suspect, *guilty]


def lock_first(guilty: list[Suspect]) -> list[Suspect]:
    """The suspects, with a lock before what its holder does meanwhile, where that does not take far
    more: it is for the lock that the others wait.
    """
    if not guilty:
        return guilty
    worst, held_at = guilty[0], guilty[0].locations.most()
    for lock in guilty[1:]:
        is_held_there = lock.route == worst.route and lock.locations.most() == held_at
        if lock.layer == "lock" and is_held_there and lock.ms >= _LOCK_SHARE * worst.ms:
            return [lock, *(each for each in guilty if each is not lock)]
    return guilty


def blame_threads(
    database: duckdb.DuckDBPyConnection,
    guilty: list[Suspect],
    load: Served,
    times: dict[str, RouteTimes],
    saturated: bool,
) -> list[Suspect]:
    """The suspects, with the number of threads before them where there are few, all that they do is
    wait, and none waits for long.
    """
    if not saturated or not guilty or load.threads is None or load.threads > _FEW_THREADS:
        return guilty
    worst = guilty[0]
    n = times[worst.route].n if worst.route in times else 0
    short_ms = _SHORT_WAIT_OF_FEWEST_MS if load.threads <= _FEWEST_THREADS else _SHORT_WAIT_MS
    if worst.layer not in _WAITS or not n or worst.ms / n > short_ms:
        return guilty
    has_finding = any(statement.finding for statement in worst.statements)
    chatty = sum(each.n for each in worst.statements) / n > _STATEMENTS_OF_A_CHATTY_REQUEST
    if worst.layer == "database" and (has_finding or chatty or _computes(database)):
        return guilty
    suspect = Suspect("threads", worst.route, load.busy_threads * load.elapsed_s * 1000)
    suspect.notes = [
        f"{load.threads} threads, which wait {worst.ms / n:,.0f} ms a request for others"
    ]
    return [suspect, *guilty]


def _computes(database: duckdb.DuckDBPyConnection) -> bool:
    """Whether the database's sessions are mostly on a CPU, so that more threads would not help."""
    found = database.execute(
        "SELECT coalesce(sum(ms) FILTER (coalesce(wait, '') = ''), 0), coalesce(sum(ms), 0)"
        " FROM sessions WHERE state = 'active'"
    ).fetchall()
    on_cpu, active = found[0]
    return bool(active and on_cpu / active > 0.5)


def blame_users(
    database: duckdb.DuckDBPyConnection, load: Served, times: dict[str, RouteTimes]
) -> Suspect | None:
    """k6's users, where they were too few or too slow for the load, and the server was not."""
    if load.dropped <= _DROPPED * load.offered or load.full_share > _HARDLY_FULL:
        return None
    if load.refused + load.unanswered > _DROPPED * load.offered:
        return None
    waiting_ms, users = database.execute(
        "SELECT (SELECT coalesce(sum(total_ms), 0) FROM client), (SELECT peak_vus FROM load)"
    ).fetchall()[0]
    busy = waiting_ms / 1000 / load.elapsed_s / max(users, 1)
    if busy > _USERS_BUSY and any(each.is_slow for each in times.values()):
        return None
    suspect = Suspect("client", None)
    suspect.notes = [
        f"k6 had {users:,.0f} users, which is too few: {load.dropped:,} requests were not sent,"
        f" while the threads were busy {load.busy_threads:.1f} at a time"
    ]
    return suspect


def name_hosts(database: duckdb.DuckDBPyConnection, found: list[Suspect]) -> None:
    """Says of each wait for something outside which host its route waited for longest, where the
    app's calls have lines.
    """
    hosts: dict[str, str] = {}
    for route, host, ms in database.execute(_HOSTS).fetchall():
        hosts.setdefault(route, f"it calls {host}, {ms:,.0f} ms each time")
    for suspect in found:
        if suspect.layer == "upstream" and suspect.route in hosts:
            suspect.notes.append(hosts[suspect.route])


def blame_load_machines(run: Run) -> Suspect | None:
    """k6 itself, where it had hardly any CPU left: then it measures its own waiting."""
    used: dict[str, float] = {}
    for machine in run.load_machines:
        used[machine.host] = used.get(machine.host, 0.0) + (machine.cpu_share or 0.0)
    host = max(used, key=lambda name: used[name], default=None)
    if host is None or used[host] < _CPU_FULL:
        return None
    suspect = Suspect("client", None)
    suspect.notes = [
        f"k6 used {min(used[host], 1):.0%} of the CPU where it ran, {host}: what it measured is its"
        " own waiting, too"
    ]
    return suspect


def blame_memory(database: duckdb.DuckDBPyConnection, found: list[Suspect]) -> None:
    """Makes garbage collection, which is CPU time, a suspect of its own; and memory that grows.

    Whoever makes many objects collects some garbage, too: it is a suspect when it is most of the
    CPU time, or when what is collected for stays.
    """
    collecting = database.execute(
        "SELECT coalesce(sum(gc_ms) / nullif(sum(cpu_ms), 0), 0) FROM workers"
    ).fetchall()[0][0]
    growth, grown = database.execute(
        "SELECT coalesce(max(grown / first), 0), coalesce(max(grown), 0) FROM ("
        " SELECT arg_min(rss_bytes, place) AS first, arg_max(rss_bytes, place) - first AS grown"
        " FROM workers GROUP BY writer)"
    ).fetchall()[0]
    users = [each for each in found if each.layer == "cpu"]
    grows = growth >= _GROWTH and grown >= _GROWTH_BYTES
    keeps = collecting >= _COLLECTING and grown >= _SOME_GROWTH_BYTES
    if not users or not (grows or keeps or collecting >= _MOSTLY_COLLECTING):
        return
    worst = max(users, key=lambda each: each.ms)
    suspect = replace(worst, layer="memory")
    suspect.notes = [
        f"{collecting:.0%} of the CPU time is garbage collection",
        f"a worker grew by {grown / 1e6:,.0f} MB",
    ]
    found.remove(worst)
    found.append(suspect)
