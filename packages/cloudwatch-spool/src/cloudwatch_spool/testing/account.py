"""The account behind the stub: its groups, what PutLogEvents takes there, and what it refuses."""

import threading
import time
from collections import Counter
from typing import Any

HOUR_MS = 3_600_000
MAX_BATCH_BYTES = 1_048_576
MAX_MESSAGE_BYTES = 1_000_000


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        """`code` is AWS's name of it."""
        super().__init__(message)
        self.code, self.status = code, status


class Account:
    """Groups, what was accepted, and how it misbehaves now."""

    def __init__(self) -> None:
        """Nothing is there yet."""
        self.lock = threading.Lock()
        self.groups: dict[str, dict[str, Any]] = {}
        self.messages: Counter[str] = Counter()
        self.timestamps: dict[str, int] = {}
        self.calls: list[dict[str, Any]] = []
        self.current: dict[str, Any] = {}
        self.violations: list[str] = []
        self.faults: dict[str, Any] = {}
        self.credentials_served = 0

    def now_ms(self) -> int:
        """The time of day here."""
        return int((time.time() + self.faults.get("clock_offset_s", 0)) * 1000)

    def call(self, call: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        """Answer one call, as an object. Raises Refusal."""
        with self.lock:
            self.current = call
            answer: dict[str, Any] = getattr(self, f"_{call['action']}")(body)
            return answer

    def make_stream(self, group: str, stream: str) -> None:
        """Have this group and stream."""
        with self.lock:
            self.groups[group] = {"streams": [stream], "retention_days": None}

    def _CreateLogGroup(self, body: dict[str, Any]) -> dict[str, Any]:
        if self.faults.get("deny_create"):
            raise Refusal("AccessDeniedException", "not allowed to create")
        if body["logGroupName"] in self.groups:
            raise Refusal("ResourceAlreadyExistsException", "the group exists")
        self.groups[body["logGroupName"]] = {"streams": [], "retention_days": None}
        return {}

    def _PutRetentionPolicy(self, body: dict[str, Any]) -> dict[str, Any]:
        self._group(body)["retention_days"] = body["retentionInDays"]
        return {}

    def _CreateLogStream(self, body: dict[str, Any]) -> dict[str, Any]:
        if self.faults.get("deny_create"):
            raise Refusal("AccessDeniedException", "not allowed to create")
        streams = self._group(body)["streams"]
        if body["logStreamName"] in streams:
            raise Refusal("ResourceAlreadyExistsException", "the stream exists")
        streams.append(body["logStreamName"])
        return {}

    def _DescribeLogGroups(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"logGroups": [{"logGroupName": name} for name in self.groups]}

    def _PutLogEvents(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["logStreamName"] not in self._group(body)["streams"]:
            raise Refusal("ResourceNotFoundException", "The specified log stream does not exist.")
        events = body["logEvents"]
        poison = self.faults.get("poison")
        if poison and any(poison in event["message"] for event in events):
            raise Refusal("InvalidParameterException", "an event is not to our taste")
        self._enforce(events)
        rejected = self._rejected(events, self._group(body)["retention_days"])
        first, last = rejected.pop("from"), rejected.pop("to")
        for event in events[first:last]:
            self.messages[event["message"]] += 1
            self.timestamps[event["message"]] = event["timestamp"]
        writers = {event["message"].partition('"id": "')[2].partition(":")[0] for event in events}
        self.current |= {
            "events": len(events),
            "accepted": last - first,
            "writers": sorted(writers),
        }
        answer: dict[str, Any] = {"nextSequenceToken": "0"}
        if rejected:
            answer["rejectedLogEventsInfo"] = rejected
        if error := self._entity_error(body.get("entity")):
            answer["rejectedEntityInfo"] = {"errorType": error}
        return answer

    def _entity_error(self, entity: dict[str, Any] | None) -> str | None:
        """The entity is kept with its call; a service has a name and an environment."""
        self.current["entity"] = entity
        if entity is None or entity["keyAttributes"].keys() == {"Type", "Name", "Environment"}:
            return self.faults.get("reject_entity")
        return "InvalidKeyAttributes"

    def _group(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["logGroupName"] not in self.groups:
            raise Refusal("ResourceNotFoundException", "The specified log group does not exist.")
        group: dict[str, Any] = self.groups[body["logGroupName"]]
        return group

    def _enforce(self, events: list[dict[str, Any]]) -> None:
        sizes = [len(event["message"].encode()) for event in events]
        times = [event["timestamp"] for event in events]
        rules = {
            "a batch has 1 to 10,000 events": 1 <= len(events) <= 10_000,
            "a batch has at most 1,048,576 bytes": sum(sizes) + 26 * len(sizes) <= MAX_BATCH_BYTES,
            "a message has at least 1 byte": min(sizes, default=1) >= 1,
            "an event has at most 1 MB": max(sizes, default=0) <= MAX_MESSAGE_BYTES,
            "no timestamp is negative": min(times, default=0) >= 0,
            "events are in order of time": times == sorted(times),
            "a batch spans at most 24 hours": max(times, default=0) - min(times, default=0)
            <= 24 * HOUR_MS,
        }
        for rule, holds in rules.items():
            if not holds:
                self.violations.append(rule)
                raise Refusal("InvalidParameterException", rule)

    def _rejected(self, events: list[dict[str, Any]], retention_days: int | None) -> dict[str, int]:
        """End indexes are exclusive, the start index is inclusive, as in the API's model."""
        now = self.now_ms()
        times = [event["timestamp"] for event in events]
        old = sum(1 for moment in times if moment < now - 14 * 24 * HOUR_MS)
        limit = now - retention_days * 24 * HOUR_MS if retention_days else 0
        expired = sum(1 for moment in times if moment < limit)
        new = sum(1 for moment in times if moment > now + 2 * HOUR_MS)
        info: dict[str, int] = {}
        if old:
            info["tooOldLogEventEndIndex"] = old
        if expired > old:
            info["expiredLogEventEndIndex"] = expired
        if new:
            info["tooNewLogEventStartIndex"] = len(times) - new
        return info | {"from": max(old, expired), "to": len(times) - new}
