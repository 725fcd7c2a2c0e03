"""The time in the database: the statements' own, and what they wait for locks, which is laid at the
door of the holder.
"""

from collections import defaultdict
from collections.abc import Iterable

from .spending import Use
from .statements import Holder, RouteStatement, most_alike
from .suspect import Suspects
from .tally import Tally

__all__ = ["blame_chatter", "blame_database", "is_sending"]

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


_CHATTY = 4  # statements of a request
_SQL_LIBRARIES = ("sqlalchemy", "psycopg2", "psycopg")


def blame_database(
    found: Suspects,
    uses: list[Use],
    statements: dict[str, list[RouteStatement]],
    every: list[Use],
) -> None:
    """Blames the statements of each route, or the holders of the locks that they wait for. `uses`
    are those in the database, `every` all of them.
    """
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


def blame_chatter(
    found: Suspects, route: str, of_route: list[RouteStatement], cpu: list[Use]
) -> None:
    """The CPU time that sending statements takes is due to the statements where a request sends
    many; otherwise it is the app's.
    """
    suspect, database = found.get(("cpu", route)), found.get(("database", route))
    requests = max((each.requests for each in of_route), default=0)
    sent = sum(each.n for each in of_route) / requests if requests else 0
    if suspect is None or database is None or sent < _CHATTY:
        return
    there = [use for use in cpu if use.route == route]
    sending_ms = sum(use.ms for use in there if is_sending(use))
    moved_ms = suspect.ms * sending_ms / sum(use.ms for use in there)
    suspect.ms -= moved_ms
    database.ms += moved_ms
    suspect.cpu_ms -= sending_ms
    database.cpu_ms += sending_ms
    database.notes.append(f"a request sends {sent:,.0f} statements")


def is_sending(use: Use) -> bool:
    """Whether the thread is in the library that sends statements, or in what that calls."""
    _, _, beyond = use.stack.rpartition(use.location or "?")
    return any(f";{library}/" in beyond for library in _SQL_LIBRARIES)


def _blame_holders(
    found: Suspects,
    statement: RouteStatement,
    ms: float,
    statements: dict[str, list[RouteStatement]],
    every: list[Use],
) -> None:
    holders = _known_holders(statement, statements)
    idle_ms = sum(weight for holder, weight in holders.items() if holder.is_idle)
    mostly_idle = idle_ms > holders.total() / 2
    for holder, weight in holders.items():
        waited_ms = ms * min(statement.lock_share, 1.0) * weight / holders.total()
        suspect = found.of("lock", holder.route)
        suspect.ms += waited_ms
        suspect.waiting.add(statement.route, waited_ms)
        took = _taker(statement, statements.get(holder.route or "", []))
        if took not in suspect.statements:
            suspect.statements.append(took)
        suspect.notes = [f"{statement.lock_kinds.most()} lock"]
        at = _held_at(holder.route, every) if mostly_idle else _sent_at(took, every)
        if at:
            suspect.locations.add(at, waited_ms)
            if holder.is_idle and mostly_idle:
                suspect.holder = f"{holder.route} holds it meanwhile at {at[0]}"


def _known_holders(
    statement: RouteStatement, statements: dict[str, list[RouteStatement]]
) -> Tally[Holder]:
    """Those whose route is known; where it was not sampled, a route that sends the statement which
    the holder's session ran last, or else nobody of this app.
    """
    known: Tally[Holder] = Tally()
    for holder, ms in statement.holders.items():
        if holder.route:
            known.add(holder, ms)
    if known:
        return known
    for holder, ms in statement.holders.items():
        senders = [each for some in statements.values() for each in some]
        sent = most_alike(holder.statement or "", senders)
        route = sent.route if sent else None
        known.add(Holder(route, holder.statement, holder.is_idle), ms)
    return known or Tally({Holder(statement.route, None, False): 1.0})


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


def _sent_at(statement: RouteStatement, uses: list[Use]) -> tuple[str, str | None] | None:
    """Where the statement is sent, or else where its route is mostly while it waits for one."""
    if statement.location:
        return statement.location, None
    at: Tally[tuple[str, str | None]] = Tally()
    for use in uses:
        if use.route == statement.route and use.state == "database" and use.location:
            at.add((use.location, use.call), use.ms)
    return at.most()
