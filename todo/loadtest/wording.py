"""Says in one paragraph where the time went, by the numbers of the report."""

from .report import Report

__all__ = ["bottleneck", "milliseconds", "percent"]

_WORTH_SAYING = 0.05
_MOSTLY = 0.6


def bottleneck(report: Report) -> str:
    """What the bottleneck is, with the figures that say so."""
    sentences = [_outcome(report)]
    if report.totals.n_both:
        sentences += _time(report)
    else:
        sentences.append(
            "No request of the run is in both the samples and the logs, so its time cannot be"
            " split."
        )
    return " ".join(
        sentence for sentence in [*sentences, _repeated(report), _missing(report)] if sentence
    )


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


def _outcome(report: Report) -> str:
    totals, broken = report.totals, report.run.failed_thresholds
    if not totals.n:
        return "k6 finished no request."
    failed = (
        f"{totals.failed:,} of {totals.n:,} requests failed"
        if totals.failed
        else "No request failed"
    )
    promises = "no threshold was checked"
    if report.run.thresholds:
        promises = (
            f"{len(broken)} of {len(report.run.thresholds)} thresholds broke"
            if broken
            else "every threshold held"
        )
    said = f"{failed} and {promises}; 95 % were answered within {milliseconds(totals.client_p95)}."
    if not report.run.interrupted:
        return said
    return (
        "The run was interrupted: this is about what had come by then, and its thresholds were"
        f" judged early. {said}"
    )


def _time(report: Report) -> list[str]:
    totals = report.totals
    mean = totals.mean_ms or 1e-9
    parts = {
        "queueing and the network": totals.queue_ms / mean,
        "the application": totals.application_ms / mean,
        "the database": totals.database_ms / mean,
    }
    largest = max(parts, key=lambda name: parts[name])
    split = ", ".join(f"{percent(share)} went to {name}" for name, share in parts.items())
    details = {
        "queueing and the network": _queueing,
        "the application": _application,
        "the database": _database,
    }
    share = "most" if parts[largest] >= _MOSTLY else "the largest part"
    return [
        f"Of the {milliseconds(mean)} that a client waited on average, {split}.",
        f"So {share} of the time is {largest}: {details[largest](report)}.",
        _route(report),
    ]


def _queueing(report: Report) -> str:
    totals = report.totals
    queue_ms, least_ms = totals.queue_ms, totals.least_queue_ms
    text = (
        f"requests wait {milliseconds(queue_ms)} outside of the application, where the quickest 1 %"
        f" wait {milliseconds(least_ms)}, which the network may explain"
    )
    if queue_ms > 3 * least_ms and queue_ms > 5:
        text += "; the rest is waiting for a free worker thread, or for a connection to be accepted"
        text += f". In its busiest second the application used {report.busiest_cpu_s:.1f} cores"
    if totals.blocked_ms > queue_ms / 2:
        text += f". Opening connections is {milliseconds(totals.blocked_ms)} of it"
    return text


def _application(report: Report) -> str:
    totals = report.totals
    cpu = min(totals.cpu_ms / max(totals.application_ms, 1e-9), 1.0)
    text = (
        f"{milliseconds(totals.application_ms)} a request, of which {milliseconds(totals.cpu_ms)}"
        " are CPU"
    )
    if cpu >= _MOSTLY:
        return f"{text}, so its own code is what costs"
    return (
        f"{text}; the rest is waiting inside of it: for the CPU among threads and processes (its"
        f" busiest second used {report.busiest_cpu_s:.1f} cores), for a connection of the pool, or"
        " for something that is not logged"
    )


def _database(report: Report) -> str:
    text = (
        f"{milliseconds(report.totals.database_ms)} in {report.totals.queries:.1f} statements a"
        " request"
    )
    total = sum(statement.total_ms for statement in report.statements)
    if not total:
        return text
    first = report.statements[0]
    statement = first.text[:80] + ("…" if len(first.text) > 80 else "")
    return f"{text}, and {percent(first.total_ms / total)} of it is one statement: {statement}"


def _route(report: Report) -> str:
    first = report.routes[0]
    share = first.waited_ms / (report.totals.waited_ms or 1e-9)
    requests = f"{percent(first.n / report.totals.n)} of the requests"
    if len(report.routes) == 1:
        return ""
    return f"{first.name} is {requests} and {percent(share)} of the waiting."


def _repeated(report: Report) -> str:
    if not report.n_plus_one:
        return ""
    worst = report.n_plus_one[0]
    return (
        f"{worst.route} sends one statement again and again (N+1) in {worst.n_plus_one:,} of its"
        f" {worst.n:,} requests, {worst.queries:.0f} statements each."
    )


def _missing(report: Report) -> str:
    answered = report.totals.n_both + report.missing_in_logs
    if not report.missing_in_logs:
        return ""
    share = report.missing_in_logs / answered
    weight = " The figures of the server's side lack them." if share > _WORTH_SAYING else ""
    return (
        f"{report.missing_in_logs:,} answered requests ({percent(share)}) have no line in the"
        f" logs.{weight}"
    )
