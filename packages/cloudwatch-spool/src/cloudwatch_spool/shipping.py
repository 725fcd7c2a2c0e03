"""`ship`: what takes lines, and the spans made of them, from a spool to where they belong."""

import math
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

from .collector import Collector
from .destinations import Archive, CloudWatch, Otlp, default_stream
from .folder import SpoolFolder
from .shipper import DEFAULT_INTERVAL_S, Delivery, Shipper
from .spans import SpanSpool, Traces, span_events_of, traces_folder
from .status import Backlog, Statistics
from .waiting import Stop


def ship(
    spool: Path | str,
    to: CloudWatch | Archive | Otlp,
    *,
    stop: Stop | None = None,
    drain: bool = False,
    interval_s: float = DEFAULT_INTERVAL_S,
    echo: TextIO | None = None,
    remedies: Mapping[str, str] | None = None,
    traces: Traces | None = None,
) -> Backlog:
    """Deliver what is in the folder `spool` and whatever comes, until asked to stop.

    Then it goes on until the spool is empty or `stop`'s deadline is over, and says what is left
    for the next start. While another shipper is at work there, it waits and takes over when that
    one is gone, however it ended. `drain` asks for the stop at once.

    Without `stop`, SIGTERM and SIGINT are the request (in the main thread), with 15 seconds to go
    on. `interval_s` is how long events may wait to go with others; `echo` gets each delivered event
    too, as a line. `remedies` are advice in the caller's words for errors that a person has to end,
    by the error's code, such as NoCredentialsError. `traces` also makes spans of what is delivered,
    which wait in the folder `traces` of the spool; `status` and `ship(..., to=Otlp(...))` take that
    folder too. Raises SpoolFolderError if the folder cannot be used, and whatever is a bug.
    """
    with ExitStack() as stack:
        if stop is None:
            stop = Stop()
            stack.callback(stop.close)
            if threading.current_thread() is threading.main_thread():
                stack.enter_context(stop.on_signals())
        if drain:
            stop.request()
        folder = SpoolFolder(spool)
        lock = stack.enter_context(folder.shipping())
        statistics = Statistics(folder.path)
        name = f"shipper-{os.urandom(4).hex()}"
        delivery = _delivery(folder, to, name, stop, statistics, remedies)
        if echo is not None:
            from .echo import EchoingDelivery

            delivery = EchoingDelivery(delivery, echo)
        spans = None
        if traces is not None:
            spans = SpanSpool(traces, traces_folder(folder.path))
            stack.enter_context(_shipping_traces(folder.path, traces, stop, remedies))
            stack.callback(spans.finish)
        shipper = Shipper(
            folder,
            delivery,
            new_collector=_new_collector(folder, to, statistics),
            stop=stop,
            statistics=statistics,
            name=name,
            interval_s=interval_s,
            report_interval_s=math.inf if isinstance(to, Otlp) else None,
            spans=spans,
        )
        return shipper.run(lock)


@contextmanager
def _shipping_traces(
    spool: Path, traces: Traces, stop: Stop, remedies: Mapping[str, str] | None
) -> Iterator[None]:
    """Ship spans meanwhile; when the lines are done, until their spool is empty or time is over."""
    follower = stop.follower()
    thread = threading.Thread(
        target=ship,
        args=(traces_folder(spool), traces.to),
        kwargs={"stop": follower, "remedies": remedies},
        name="cloudwatch-spool traces",
    )
    thread.start()
    try:
        yield
    finally:
        follower.request()
        thread.join()
        follower.close()


def _new_collector(
    folder: SpoolFolder, to: CloudWatch | Archive | Otlp, statistics: Statistics
) -> Callable[[], Collector]:
    if isinstance(to, Otlp):
        return partial(
            Collector,
            folder,
            statistics=statistics,
            events_of=span_events_of,
            tells_losses=False,
        )
    return partial(Collector, folder, statistics=statistics)


def _delivery(
    folder: SpoolFolder,
    to: CloudWatch | Archive | Otlp,
    name: str,
    stop: Stop,
    statistics: Statistics,
    remedies: Mapping[str, str] | None,
) -> Delivery:
    if isinstance(to, Archive):
        from .archive import ArchiveDelivery

        stream = to.stream or default_stream()
        return ArchiveDelivery(to, stream, stop=stop, statistics=statistics)
    from .cloudwatch import LogStream
    from .delivery import EndpointDelivery, Rejects
    from .otlp import OtlpEndpoint

    return EndpointDelivery(
        OtlpEndpoint(to) if isinstance(to, Otlp) else LogStream(to, to.stream or default_stream()),
        rejects=Rejects(folder.path),
        stop=stop,
        statistics=statistics,
        name=name,
        remedies=remedies,
    )
