"""The figures that speak against a suspect, in words."""

from .latency import RouteTimes
from .suspect import Suspect

__all__ = ["evidence_of"]

_REPEATED = 2.0


def evidence_of(suspect: Suspect, times: dict[str, RouteTimes]) -> str:
    """One line: what it takes, how often, and who waits for it."""
    parts = list(suspect.notes)
    route = suspect.route
    if route in times and suspect.layer != "threads":
        n = times[route].n
        parts.append(f"{suspect.ms / n:,.0f} ms for each of {n:,} requests to {route}")
    if suspect.layer == "database" and suspect.statements:
        first = suspect.statements[0]
        if first.n > _REPEATED * first.requests:
            parts.append(f"the statement is sent {first.n / first.requests:,.0f} times a request")
        others = len(suspect.statements) - 1
        if others:
            parts.append(f"and {others} other statement{'s' if others > 1 else ''}")
    waiting = [each for each in suspect.waiting.ranked() if each != route]
    if waiting:
        parts.append(f"{waiting[0]} waits for it")
    return "; ".join(parts)
