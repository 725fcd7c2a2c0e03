"""Whoever waits is no culprit: each wait is laid at the door of what is waited for.

A wait for the GIL or a core goes to those who used the CPU, a wait for a lock to its holder, a wait
for a connection to what is done with one in hand.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as made

from .model import Layer
from .spending import Spending, Use
from .statements import Holder, RouteStatement
from .tally import Tally

__all__ = ["Suspect", "suspects"]

_OWN: dict[str, Layer] = {
    "commit": "commit",
    "connect": "pool",
    "upstream": "upstream",
    "sleep": "upstream",
    "logging": "logging",
    "client": "client",
    "wait": "unknown",
}
_TAKES_A_LOCK = (
    "update",
    "delete",
    "insert",
    "lock",
    "for update",
    "for share",
    "advisory",
    "alter",
)


@dataclass
class Suspect:
    """Something that keeps threads busy, with the time that it and those who wait for it take."""

    layer: Layer
    route: str | None
    ms: float = 0.0
    locations: Tally[tuple[str, str | None]] = made(default_factory=Tally)
    statements: list[RouteStatement] = made(default_factory=list)
    waiting: Tally[str] = made(default_factory=Tally)
    """The milliseconds that each route waits for it."""
    notes: list[str] = made(default_factory=list)
    holder: str | None = None
    field: str | None = None
    example: str | None = None

    def add(self, use: Use, ms: float) -> None:
        """Adds so many milliseconds of this use."""
        self.ms += ms
        if use.location:
            self.locations.add((use.location, use.call), ms)


class _Suspects(dict[tuple[Layer, str | None], Suspect]):
    def of(self, layer: Layer, route: str | None) -> Suspect:
        return self.setdefault((layer, route), Suspect(layer, route))


def suspects(spent: Spending, statements: dict[str, list[RouteStatement]]) -> list[Suspect]:
    """All that took time, first what took most."""
    found = _Suspects()
    by_state: defaultdict[str, list[Use]] = defaultdict(list)
    for use in spent.uses:
        by_state[use.state].append(use)
        if use.state in _OWN and use.route:
            found.of(_OWN[use.state], use.route).add(use, use.ms)
    _blame_cpu(found, by_state)
    _blame_app_locks(found, by_state["lock"], spent.uses)
    _blame_pool(found, by_state["pool"], spent.uses)
    _blame_database(found, by_state["database"], statements, spent.uses)
    return sorted(found.values(), key=lambda suspect: suspect.ms, reverse=True)


def _blame_cpu(found: _Suspects, by_state: dict[str, list[Use]]) -> None:
    """CPU time, and in each worker the waits for the GIL by the shares of those who used it; waits
    for a core by the shares in all workers.
    """
    users = by_state["cpu"]
    for use in users:
        if use.route:
            found.of("cpu", use.route).add(use, use.ms)
    for state, waits in (("gil", by_state["gil"]), ("core", by_state["core"])):
        for wait in waits:
            if wait.route is None:
                continue
            there = [use for use in users if state == "core" or use.writer == wait.writer]
            total = sum(use.ms for use in there)
            for use in there:
                share = wait.ms * use.ms / total
                suspect = found.of("cpu", use.route) if use.route else _background(found, use)
                suspect.add(use, share)
                suspect.waiting.add(wait.route, share)


def _background(found: _Suspects, use: Use) -> Suspect:
    suspect = found.setdefault(("gil", use.location), Suspect("gil", None))
    suspect.notes = ["a thread of the app that serves no request has the GIL"]
    return suspect


def _blame_app_locks(found: _Suspects, waits: list[Use], uses: list[Use]) -> None:
    """A lock of the app is held by one of the functions that also wait for locks: the one in which
    most time is spent otherwise, here or in what it calls.
    """
    waits = [use for use in waits if use.route and use.location]
    if not waits:
        return
    held: Tally[tuple[str | None, str]] = Tally()
    functions = {_function(use.location) for use in waits}
    for use in uses:
        if use.state not in ("lock", "gil", "core"):
            for function in functions.intersection(map(_function, use.stack.split(";"))):
                held.add((use.route, function), use.ms)
    total = sum(use.ms for use in waits)
    if not held:
        route = max(waits, key=lambda use: use.ms).route
        for use in waits:
            found.of("app_lock", route).add(use, use.ms)
        return
    route, function = max(held, key=held.__getitem__)
    suspect = found.of("app_lock", route)
    for use in waits:
        suspect.ms += use.ms
        suspect.waiting.add(str(use.route), use.ms)
        if _function(use.location) == function:
            suspect.add(use, 0.0)
            suspect.locations.add((str(use.location), use.call), use.ms)
    if not suspect.locations:
        suspect.locations[(function, None)] = total


def _function(location: str | None) -> str:
    """A location without its line."""
    file, _, rest = (location or "").rpartition(":")
    return f"{file} {rest.partition(' ')[2]}"


def _blame_pool(found: _Suspects, waits: list[Use], uses: list[Use]) -> None:
    """A wait for a connection is due to what is done with the others."""
    waits = [use for use in waits if use.route]
    if not waits:
        return
    holding = [use for use in uses if use.holds_connection and use.route and use.state != "pool"]
    doing: Tally[tuple[str, str, str | None, str | None]] = Tally()
    for use in holding:
        doing.add((str(use.route), use.state, use.location, use.call), use.ms)
    route, state, location, call = doing.most() or (
        str(waits[0].route),
        "",
        waits[0].location,
        waits[0].call,
    )
    suspect = found.of("pool", route)
    for use in waits:
        suspect.ms += use.ms
        suspect.waiting.add(str(use.route), use.ms)
    if location:
        suspect.locations.add((location, call), suspect.ms)
    suspect.holder = f"{route} has one in hand, mostly in {state}" if state else None


def _blame_database(
    found: _Suspects,
    uses: list[Use],
    statements: dict[str, list[RouteStatement]],
    every: list[Use],
) -> None:
    by_route: defaultdict[str, list[Use]] = defaultdict(list)
    for use in uses:
        if use.route:
            by_route[use.route].append(use)
    for route, there in by_route.items():
        ms = sum(use.ms for use in there)
        of_route = statements.get(route, [])
        total = sum(statement.ms for statement in of_route)
        lock_share = (
            sum(each.ms * min(each.lock_share, 1.0) for each in of_route) / total if total else 0.0
        )
        suspect = found.of("database", route)
        for use in there:
            suspect.add(use, use.ms * (1 - lock_share))
        suspect.statements = sorted(
            of_route, key=lambda each: each.ms * (1 - each.lock_share), reverse=True
        )
        for statement in of_route:
            if statement.lock_share > 0 and total:
                _blame_holders(found, statement, ms * statement.ms / total, statements, every)


def _blame_holders(
    found: _Suspects,
    statement: RouteStatement,
    ms: float,
    statements: dict[str, list[RouteStatement]],
    every: list[Use],
) -> None:
    waited_ms = ms * min(statement.lock_share, 1.0)
    holders = statement.holders or Tally({Holder(statement.route, None): 1.0})
    total = holders.total()
    for holder, weight in holders.items():
        route = holder.route or (statement.route if not holder.statement else None)
        suspect = found.of("lock", route)
        suspect.ms += waited_ms * weight / total
        suspect.waiting.add(statement.route, waited_ms * weight / total)
        took = _taker(statement, statements.get(route or "", []))
        if took not in suspect.statements:
            suspect.statements.append(took)
        suspect.notes = [f"{statement.lock_kinds.most()} lock"]
        location = _held_at(route, every)
        if location:
            suspect.locations.add(location, waited_ms * weight / total)
            suspect.holder = f"{route} holds it at {location[0]}"


def _taker(waiter: RouteStatement, of_holder: Iterable[RouteStatement]) -> RouteStatement:
    """The statement that took the lock: of those of the holder's route that take one, the one that
    is most about what the waiting one is about.
    """
    takers = [
        each for each in of_holder if any(word in each.text.lower() for word in _TAKES_A_LOCK)
    ]
    if waiter in takers or not takers:
        return waiter
    words = set(waiter.text.lower().replace(",", " ").split())
    return max(takers, key=lambda each: len(words & set(each.text.lower().split())))


def _held_at(route: str | None, uses: list[Use]) -> tuple[str, str | None] | None:
    """Where the route is while its transaction is open and it does not wait for a lock."""
    at: Tally[tuple[str, str | None]] = Tally()
    for use in uses:
        if use.route == route and use.holds_connection and use.location:
            at.add((use.location, use.call), use.ms if use.state != "database" else 0.0)
    most = at.most()
    return most if most and at[most] > 0 else None
