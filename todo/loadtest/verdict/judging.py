"""The verdict on a run, from the suspects and the figures of its load."""

from dataclasses import replace

import duckdb

from ..run import Run
from .blame import suspects
from .describing import evidence_of
from .differences import Request, differences, read_requests
from .guilt import is_guilty, is_saturated
from .latency import RouteTimes, route_times
from .model import Culprit, Served, Verdict
from .sentence import sentence
from .serving import served
from .special import (
    blame_load_machines,
    blame_memory,
    blame_threads,
    blame_users,
    blame_worker,
    lock_first,
    name_hosts,
)
from .spending import spending
from .statements import route_statements
from .suspect import Suspect
from .what_if import Replay

__all__ = ["judge"]

_MOST_CULPRITS = 5
_FIELD = 0.5  # difference of shares


def judge(database: duckdb.DuckDBPyConnection, run: Run) -> Verdict:
    """The verdict on the run whose tables are in the database."""
    load, spent = served(database), spending(database)
    times, requests = route_times(database), read_requests(database)
    found = suspects(spent, route_statements(database))
    parts = _parts(found, load)
    users = blame_users(database, load, times)
    saturated = users is None and is_saturated(load, times)
    blame_memory(database, found)
    name_hosts(database, found)
    found.sort(key=lambda suspect: suspect.ms, reverse=True)
    guilty = [each for each in found if is_guilty(each, spent.total_ms, times, saturated, run)]
    guilty = blame_worker(database, spent, lock_first(guilty))
    guilty = blame_threads(database, guilty, load, times, saturated)
    guilty = [*filter(None, (blame_load_machines(run), users)), *guilty]
    replay = Replay(database, load, spent)
    culprits = [
        replace(_culprit(each, load, spent.total_ms, times, requests), what_if=replay.without(each))
        for each in guilty[:_MOST_CULPRITS]
    ]
    every = differences(requests)
    return Verdict(
        saturated=saturated,
        sentence=sentence(saturated, load, culprits),
        served=load,
        culprits=culprits,
        differences=every,
        parts=parts,
    )


def _parts(found: list[Suspect], load: Served) -> dict[str, float]:
    parts: dict[str, float] = {}
    for suspect in found:
        busy = suspect.ms / 1000 / load.elapsed_s
        parts[suspect.layer] = parts.get(suspect.layer, 0.0) + busy
    return dict(sorted(parts.items(), key=lambda part: part[1], reverse=True))


def _culprit(
    suspect: Suspect,
    load: Served,
    total_ms: float,
    times: dict[str, RouteTimes],
    requests: list[Request],
) -> Culprit:
    statement = suspect.statements[0] if suspect.statements else None
    place = suspect.locations.most()
    route = suspect.route or suspect.waiting.most()
    example = suspect.example or (statement.example if statement else None)
    if example is None and route in times:
        example = times[route].slowest
    field = suspect.field or _field([each for each in requests if each.route == route])
    location = statement.location if statement and statement.location else place and place[0]
    return Culprit(
        layer=suspect.layer,
        route=route,
        statement=statement.text if statement and suspect.layer != "pool" else None,
        location=location or None,
        call=place[1] if place else None,
        busy_threads=round(suspect.ms / 1000 / load.elapsed_s, 3),
        share=round(min(suspect.ms / total_ms, 1.0), 4) if total_ms else 0.0,
        field=field,
        correlation_id=example,
        evidence=evidence_of(suspect, times),
        finding=statement.finding if statement else None,
        holder=suspect.holder,
    )


def _field(requests: list[Request]) -> str | None:
    """What tells slow requests from the others; which worker it was says a verdict of its own."""
    found = [each for each in differences(requests) if each.by >= _FIELD]
    return next((each.field for each in found if not each.field.startswith("worker=")), None)
