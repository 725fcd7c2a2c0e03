"""New log events of CloudWatch Logs, while a page listens: by StartLiveTail, which AWS bills by the
minute, and where that is not to be had by asking every few seconds.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson

from logs_insights import InsightsError, logs_client

from .live import Live

__all__ = ["LiveTail", "tail_client"]

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html
_MOST_GROUPS = 10
_SILENT_S = 20  # an update comes each second, with or without events
_ENDED = '{ $.event = "request_finished" }'  # so that AWS samples requests, not all that they log
_POLL_EVERY_S = 5.0
_OVERLAP_MS = 60_000  # events arrive late
_PAGES = 5
_KNOWN = 20_000  # IDs of events that were there already
_AGAIN_AFTER_S = 2.0
_SAMPLED = (
    "More requests ended than AWS shows here, 500 a second: some are left out by chance, and the"
    " rates are too low. A query counts all."
)


def tail_client() -> Any:
    """A client for CloudWatch Logs that notices a session which has gone silent. Raises
    InsightsError.
    """
    import boto3  # type: ignore[import-untyped]  # boto3 ships no types
    from botocore.config import Config  # type: ignore[import-untyped]  # nor do the others

    usual = logs_client().meta
    config = Config(read_timeout=_SILENT_S)
    host = urlsplit(usual.endpoint_url).hostname or ""
    if "amazonaws." not in host and not host.endswith(".aws"):
        # AWS has another host for streams, stream-logs; what stands in for AWS has no such name.
        config = config.merge(Config(inject_host_prefix=False))
    return boto3.client("logs", region_name=usual.region_name, config=config)


class LiveTail:
    """Gives to `live` the requests that end in the log groups, as long as a page listens."""

    def __init__(
        self,
        groups: Sequence[str],
        live: Live,
        client: Callable[[], Any] = tail_client,
        poll_every_s: float = _POLL_EVERY_S,
    ) -> None:
        """`groups` are names or ARNs. `client` makes the client, in the thread that runs."""
        self._groups = list(groups)
        self._live = live
        self._new_client = client
        self._poll_every_s = poll_every_s

    def run(self) -> None:
        """Waits for pages and serves them, for ever."""
        while True:
            self._live.is_watched.wait()
            self.watch()

    def watch(self) -> None:
        """Serves the pages that listen, until none does."""
        try:
            self._tail_or_poll(self._new_client())
        except InsightsError as error:
            self._live.notice = str(error)
            time.sleep(_AGAIN_AFTER_S)

    def _tail_or_poll(self, client: Any) -> None:
        from botocore.exceptions import (  # type: ignore[import-untyped]  # as above
            BotoCoreError,
            ClientError,
        )

        try:
            arns = [_arn_of(client, group) for group in self._groups[:_MOST_GROUPS]]
            while self._live.is_watched.is_set():
                self._session(client, arns)
        except (ClientError, BotoCoreError) as error:
            self._poll(client, f"Live Tail is not to be had here ({error}), so")

    def _session(self, client: Any, arns: list[str]) -> None:
        """One session: three hours at most. Raises what StartLiveTail raises; of one that breaks
        off, nothing.
        """
        from botocore.exceptions import ClientError
        from urllib3.exceptions import HTTPError

        answer = client.start_live_tail(logGroupIdentifiers=arns, logEventFilterPattern=_ENDED)
        stream = answer["responseStream"]
        self._live.notice = self._left_out()
        try:
            for event in stream:
                if not self._live.is_watched.is_set():
                    return
                self._take(event.get("sessionUpdate", {}))
        except (ClientError, HTTPError):  # it timed out, or the connection broke: begin another
            if self._live.is_watched.is_set():
                time.sleep(_AGAIN_AFTER_S)
        finally:
            stream.close()

    def _take(self, update: dict[str, Any]) -> None:
        if update.get("sessionMetadata", {}).get("sampled"):
            self._live.notice = _SAMPLED
        self._live.take(_lines(update.get("sessionResults", [])))

    def _left_out(self) -> str:
        more = self._groups[_MOST_GROUPS:]
        return f"Live Tail takes {_MOST_GROUPS} log groups. Not here: {', '.join(more)}" * bool(
            more
        )

    def _poll(self, client: Any, why: str) -> None:
        """Asks by FilterLogEvents until no page listens."""
        from botocore.exceptions import BotoCoreError, ClientError

        since_ms, known = _now_ms(), OrderedDict[str, None]()
        while self._live.is_watched.is_set():
            self._live.notice = f"{why} new requests are asked for every {self._poll_every_s:g} s."
            began_ms = _now_ms()
            try:
                for group in self._groups:
                    self._live.take(_new_lines(client, group, since_ms - _OVERLAP_MS, known))
                since_ms = began_ms
            except (ClientError, BotoCoreError) as error:
                self._live.notice = f"CloudWatch Logs cannot be asked: {error}"
            time.sleep(self._poll_every_s)


def _arn_of(client: Any, group: str) -> str:
    """The ARN that a session wants, without the asterisk at its end."""
    if group.startswith("arn:"):
        return group.removesuffix(":*")
    # The answer is in the order of the names, so one that is the prefix itself is the first.
    found = client.describe_log_groups(logGroupNamePrefix=group, limit=1)["logGroups"]
    if not found or found[0]["logGroupName"] != group:
        raise InsightsError(f"there is no log group {group} in this account and region")
    arn: str = found[0]["arn"]
    return arn.removesuffix(":*")


def _new_lines(
    client: Any, group: str, since_ms: int, known: OrderedDict[str, None]
) -> list[dict[str, Any]]:
    """The lines of the events since then that are not `known`, which grows by them."""
    name = "logGroupIdentifier" if group.startswith("arn:") else "logGroupName"
    asked = {name: group, "startTime": since_ms, "filterPattern": _ENDED}
    new = []
    for _ in range(_PAGES):
        answer = client.filter_log_events(**asked)
        for event in answer["events"]:
            if event["eventId"] not in known:
                known[event["eventId"]] = None
                new.append(event)
        if "nextToken" not in answer:
            break
        asked["nextToken"] = answer["nextToken"]
    while len(known) > _KNOWN:
        known.popitem(last=False)
    return _lines(new)


def _lines(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    lines = []
    for event in events:
        try:
            line = orjson.loads(event["message"])
        except (orjson.JSONDecodeError, KeyError):
            continue
        if isinstance(line, dict):
            lines.append(line)
    return lines


def _now_ms() -> int:
    return int(time.time() * 1000)
