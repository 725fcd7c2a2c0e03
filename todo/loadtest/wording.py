"""Figures as people read them, and what a run came to in a sentence."""

from .latency import Totals
from .run import Run

__all__ = ["milliseconds", "outcome", "percent"]


def milliseconds(value: float | None) -> str:
    """A duration as people read it: `0.42 ms`, `12.3 ms`, `850 ms`, `51.7 s`; a dash for None."""
    if value is None:
        return "-"
    if value >= 10_000:
        return f"{value / 1000:,.1f} s"
    if value >= 1000:
        return f"{value / 1000:.2f} s"
    return (
        f"{value:.0f} ms"
        if value >= 100
        else f"{value:.1f} ms"
        if value >= 1
        else f"{value:.2f} ms"
    )


def percent(share: float) -> str:
    """A share as percent, with a decimal where it would else be 0 or 100 though it is neither."""
    text = f"{share:.0%}"
    if (text == "0%" and share > 0) or (text == "100%" and share < 1):
        return "under 0.1 %" if 0 < share < 0.001 else f"{min(share, 0.999):.1%}".replace("%", " %")
    return text.replace("%", " %")


def outcome(run: Run, totals: Totals, lost: int) -> str:
    """What failed, which promises broke, how long most requests took, which machines ended early,
    and what the logs lack.
    """
    if not totals.n:
        return "k6 finished no request."
    failed = (
        f"{totals.failed:,} of {totals.n:,} requests failed"
        if totals.failed
        else "No request failed"
    )
    said = (
        f"{failed} and {_promises(run)}; 95 % of those that were answered or given up took at most"
        f" {milliseconds(totals.client_p95)}."
    )
    if run.interrupted:
        said = (
            "The run was interrupted: this is about what had come by then, and its thresholds were"
            f" judged early. {said}"
        )
    ended_early = [machine.name for machine in run.load_machines if machine.problem]
    if ended_early:
        said += f" The share of {', '.join(ended_early)} did not run to its end."
    if lost:
        share = percent(lost / (totals.n_both + lost))
        said += f" {lost:,} answered requests ({share}) have no line in the logs."
    return said


def _promises(run: Run) -> str:
    if not run.thresholds:
        return "no threshold was checked"
    broken = len(run.failed_thresholds)
    if not broken:
        return "every threshold held"
    return f"{broken} of {len(run.thresholds)} thresholds broke"
