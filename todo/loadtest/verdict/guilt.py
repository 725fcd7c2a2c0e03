"""Whether the server was saturated, and which of the suspects is a culprit: one that others wait
for, one that makes requests slow, and one with a defect that is known as such.
"""

from ..run import Run
from .latency import RouteTimes
from .model import Served
from .suspect import Suspect

__all__ = ["is_guilty", "is_saturated"]

_UNSERVED, _LEAST_UNSERVED = 0.02, 5  # of the offered load, and requests; less is chance
_FULL = 0.15  # of the time
_LEAST_WAIT_MS = 10.0
_LEAST_WAIT = 0.2  # of the time that a request takes in a thread
_LEAST_SHARE = 0.1  # of the busy threads' time
_LEAST_COST_MS = 25.0  # a request, where nothing is saturated
_LEAST_DEFECT_MS = 5.0  # a request, for what should not be there at all
_MOSTLY = 0.5  # of a route's requests


def is_saturated(load: Served, times: dict[str, RouteTimes]) -> bool:
    """Whether load was not served, or waited for threads that were all busy."""
    if load.unserved >= _LEAST_UNSERVED and load.unserved_share > _UNSERVED:
        return True
    n = sum(each.n for each in times.values())
    mean_ms = sum(each.n * each.mean_ms for each in times.values()) / n if n else 0.0
    waits = load.waited_ms >= max(_LEAST_WAIT_MS, _LEAST_WAIT * mean_ms)
    return waits and (load.threads is None or load.full_share >= _FULL)


def is_guilty(
    suspect: Suspect, total_ms: float, times: dict[str, RouteTimes], saturated: bool, run: Run
) -> bool:
    """Whether it is worth a word: `total_ms` is what all routes took."""
    if suspect.ms < _LEAST_SHARE * total_ms:
        return False
    affected = {route for route in (suspect.route, *suspect.waiting) if route in times}
    n = sum(times[route].n for route in affected)
    if not n:
        return False
    if saturated or (suspect.layer == "gil" and suspect.ms / n >= _LEAST_DEFECT_MS):
        return True
    if _keeps_its_promises(run):
        return False
    if suspect.ms / n >= _LEAST_DEFECT_MS and _has_defect(suspect, times):
        return True
    is_slow = any(times[route].is_slow for route in affected)
    return is_slow and suspect.ms / n >= _LEAST_COST_MS


def _has_defect(suspect: Suspect, times: dict[str, RouteTimes]) -> bool:
    """Whether it sends one statement again and again, or a statement whose plan is known to be bad,
    or keeps memory; each costs more with every row or request, however fast it is now.
    """
    if suspect.layer == "memory":
        return True
    if suspect.layer != "database" or suspect.route not in times:
        return False
    found = bool(suspect.statements) and suspect.statements[0].finding is not None
    return found or times[suspect.route].n_plus_one_share > _MOSTLY


def _keeps_its_promises(run: Run) -> bool:
    """Whether the script says how long requests may take, and all took no longer."""
    promises = [each for each in run.thresholds if each.metric.startswith("http_req_duration")]
    return bool(promises) and not run.failed_thresholds
