"""The verdict in words."""

from .model import Culprit, Served

__all__ = ["name_of", "sentence"]

_NAMES = {
    "database": "the database",
    "lock": "a lock in the database",
    "pool": "the pool of connections",
    "commit": "the COMMIT",
    "upstream": "a wait for something outside",
    "cpu": "CPU time of the app's own code",
    "gil": "a thread that keeps the GIL",
    "app_lock": "a lock of the app",
    "threads": "the number of threads",
    "client": "the load test itself",
    "logging": "logging",
    "worker": "one worker",
    "memory": "memory",
    "unknown": "a wait for something unknown",
}
_LONGEST_STATEMENT = 100


def sentence(saturated: bool, load: Served, culprits: list[Culprit]) -> str:
    """What is the bottleneck, who causes it, where, and what it costs; then the next two."""
    said = [_state(saturated, load)]
    if culprits:
        is_bottleneck = saturated or culprits[0].layer == "client"
        said.append(
            f"{'The bottleneck is' if is_bottleneck else 'Most time goes into'}"
            f" {_blamed(culprits[0])}."
        )
    if len(culprits) > 1:
        said.append("Next: " + "; then ".join(name_of(each) for each in culprits[1:3]) + ".")
    return " ".join(said)


def name_of(culprit: Culprit) -> str:
    """What it is and where, in short."""
    text = _NAMES[culprit.layer]
    if culprit.route:
        text += f" in {culprit.route}"
    if culprit.statement:
        statement = culprit.statement
        cut = len(statement) > _LONGEST_STATEMENT
        text += f", {statement[:_LONGEST_STATEMENT]}{'…' if cut else ''}"
    if culprit.location:
        text += f", at {culprit.location}"
    return text


def _state(saturated: bool, load: Served) -> str:
    threads = f"of {load.threads} threads " if load.threads else "threads "
    busy = f"{load.busy_threads:.1f} {threads}were busy"
    rates = f"{load.answered_per_s:,.1f} of {load.offered_per_s:,.1f} requests/s were answered"
    return f"{'Saturated' if saturated else 'Nothing is saturated'}: {rates}, {busy}."


def _blamed(culprit: Culprit) -> str:
    text = name_of(culprit)
    if culprit.busy_threads:
        text += f": it keeps {culprit.busy_threads:.1f} threads busy, {culprit.share:.0%} of all"
    if culprit.evidence:
        text += f" ({culprit.evidence})"
    if culprit.finding:
        text += f"; {culprit.finding}"
    if culprit.holder:
        text += f"; {culprit.holder}"
    if culprit.field:
        text += f"; what differs is {culprit.field}"
    if culprit.what_if:
        text += f"; {culprit.what_if.in_words}"
    return text
