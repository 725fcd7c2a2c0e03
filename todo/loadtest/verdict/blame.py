"""Whoever waits is no culprit: each wait is laid at the door of what is waited for.

A wait for the GIL or a core goes to those who used the CPU, a wait for a lock to its holder, a wait
for a connection to what is done with one in hand.
"""

from collections import defaultdict
from dataclasses import replace

from .blame_database import blame_chatter, blame_database, is_sending
from .model import Layer
from .spending import Spending, Use
from .statements import RouteStatement
from .suspect import Suspect, Suspects
from .tally import Tally

__all__ = ["suspects"]

_OWN: dict[str, Layer] = {
    "commit": "commit",
    "connect": "pool",
    "upstream": "upstream",
    "sleep": "upstream",
    "logging": "logging",
    "log_wait": "logging",
    "client": "client",
    "wait": "unknown",
}


def suspects(spent: Spending, statements: dict[str, list[RouteStatement]]) -> list[Suspect]:
    """All that took time, first what took most."""
    found = Suspects()
    by_state: defaultdict[str, list[Use]] = defaultdict(list)
    uses = [_with_its_line(use) for use in spent.uses]
    for use in uses:
        by_state[use.state].append(use)
        if use.state in _OWN and use.route:
            suspect = found.of(_OWN[use.state], use.route)
            suspect.add(use, use.ms)
            suspect.cpu_ms += use.ms if use.state == "logging" else 0.0
    _blame_cpu(found, by_state)
    _blame_app_locks(found, by_state["lock"], uses)
    _blame_pool(found, by_state["pool"], uses)
    blame_database(found, by_state["database"], statements, uses)
    for route, of_route in statements.items():
        blame_chatter(found, route, of_route, by_state["cpu"])
    return sorted(found.values(), key=lambda suspect: suspect.ms, reverse=True)


def _with_its_line(use: Use) -> Use:
    """The log line of a statement is a part of sending it, and no logging of the app's."""
    is_line = use.state in ("logging", "log_wait") and is_sending(use)
    return replace(use, state="cpu") if is_line else use


def _blame_cpu(found: Suspects, by_state: dict[str, list[Use]]) -> None:
    """CPU time, and in each worker the waits for the GIL by the shares of those who used it; waits
    for a core by the shares in all workers. Logging is CPU time too, with a name of its own.
    """
    users = [*by_state["cpu"], *by_state["logging"]]
    for use in by_state["cpu"]:
        if use.route:
            suspect = found.of("cpu", use.route)
            suspect.add(use, use.ms)
            suspect.cpu_ms += use.ms
    for state, waits in (("gil", by_state["gil"]), ("core", by_state["core"])):
        for wait in waits:
            if wait.route is None:
                continue
            there = [use for use in users if state == "core" or use.writer == wait.writer]
            total = sum(use.ms for use in there)
            for use in there:
                share = wait.ms * use.ms / total
                suspect = _user(found, use)
                suspect.add(use, share)
                suspect.waiting.add(wait.route, share)


def _user(found: Suspects, use: Use) -> Suspect:
    if use.route is None:
        return _background(found, use)
    return found.of("logging" if use.state == "logging" else "cpu", use.route)


def _background(found: Suspects, use: Use) -> Suspect:
    suspect = found.setdefault(("gil", use.location), Suspect("gil", None))
    suspect.notes = ["a thread of the app that serves no request has the GIL"]
    return suspect


def _blame_app_locks(found: Suspects, waits: list[Use], uses: list[Use]) -> None:
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


def _blame_pool(found: Suspects, waits: list[Use], uses: list[Use]) -> None:
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
