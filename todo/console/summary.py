"""What the lines of requests and statements come to, minute by minute."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from todo.profile_fields import PLAN

from .histogram import bucket_of

__all__ = ["OTHERS", "Cell", "Kind", "Line", "Place", "Summary", "minute_of", "number", "route_of"]

Kind = Literal["route", "statement"]
Line = dict[str, Any]
Place = tuple[Kind, int, str]
"""The kind, the minute counted from 1970, and which route or statement."""

OTHERS = "(others)"
_MOST = 1e12  # of anything; sums of it fit into SQLite's integers
_LEAST_RATE = 1e-6
_MOST_KEYS = 200  # routes or statements a minute; a program that makes up statements has no end


@dataclass
class Cell:
    """A route or statement in a minute. Times are in milliseconds."""

    n: int = 0
    errors: int = 0
    total_ms: float = 0.0
    db_ms: float = 0.0
    queries: int = 0
    n_plus_one: int = 0
    buckets: Counter[int] = field(default_factory=Counter)
    example: str = ""
    example_ms: float = -1.0

    def count(self, line: Line, duration_ms: float, stands_for: int = 1) -> None:
        """Adds a line, which stands for so many: the others were left out by chance."""
        self.n += stands_for
        self.errors += number(line, "http_status") >= 500 or "db_sqlstate" in line
        self.total_ms += stands_for * duration_ms
        self.db_ms += number(line, "db_time_ms")
        self.queries += int(number(line, "db_query_count"))
        self.n_plus_one += bool(line.get("db_n_plus_one"))
        self.buckets[bucket_of(duration_ms)] += stands_for
        if duration_ms > self.example_ms and isinstance(line.get("correlation_id"), str):
            self.example, self.example_ms = line["correlation_id"], duration_ms

    def merge(self, other: "Cell") -> None:
        """Adds what another one has counted."""
        for name in ("n", "errors", "total_ms", "db_ms", "queries", "n_plus_one"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.buckets += other.buckets
        if other.example_ms > self.example_ms:
            self.example, self.example_ms = other.example, other.example_ms


class Summary:
    """The cells of some lines, what is known of their statements by key, and their fields."""

    def __init__(self) -> None:
        """Begins empty."""
        self.cells: dict[Place, Cell] = {}
        self.texts: dict[str, str] = {}
        self.origins: dict[str, str] = {}
        """The code that sent a statement."""
        self.plans: dict[str, tuple[str, str]] = {}
        """A statement's plan, and what is wrong with it."""
        self.fields: set[str] = set()
        self._keys: Counter[tuple[Kind, int]] = Counter()

    def count(self, lines: Iterable[Line]) -> None:
        """Adds lines: mostly those that end a request or a statement."""
        for line in lines:
            self.fields.update(line)
            minute = minute_of(line)
            if minute is None:
                continue
            if line.get("event") == "request_finished":
                duration_ms = number(line, "duration_ms")
                self._cell("route", minute, route_of(line)).count(line, duration_ms)
                if "db_n_plus_one_fingerprint" in line:
                    key = str(line["db_n_plus_one_fingerprint"])
                    self._cell("statement", minute, key).n_plus_one += 1
            elif line.get("event") == "query":
                key = str(line.get("db_fingerprint", "?"))
                duration_ms = number(line, "db_duration_ms")
                rate = number(line, "sample_rate")
                stands_for = round(1 / rate) if _LEAST_RATE <= rate <= 1 else 1
                self._cell("statement", minute, key).count(line, duration_ms, stands_for)
                if ("statement", minute, key) in self.cells:
                    self.texts.setdefault(key, str(line.get("db_statement", key)))
                    if "db_origin" in line:
                        self.origins[key] = str(line["db_origin"])
            elif line.get("event") == PLAN and len(self.plans) < _MOST_KEYS:
                plan = str(line.get("db_plan", "")), str(line.get("db_finding") or "")
                self.plans[str(line.get("db_fingerprint", "?"))] = plan

    def _cell(self, kind: Kind, minute: int, key: str) -> Cell:
        if (kind, minute, key) not in self.cells:
            self._keys[kind, minute] += 1
            if self._keys[kind, minute] > _MOST_KEYS:
                key = OTHERS
        return self.cells.setdefault((kind, minute, key), Cell())


def minute_of(line: Line) -> int | None:
    """The minute of a line; None where it has no time that can be read."""
    try:
        return int(datetime.fromisoformat(line["timestamp"]).timestamp() // 60)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def route_of(line: Mapping[str, Any]) -> str:
    """The method and the route's template of a request."""
    return f"{line.get('http_method', '?')} {line.get('http_route') or '(no route)'}"


def number(line: Line, name: str) -> float:
    """A field of a line as a number; 0 where it is none, or one that nobody has measured."""
    value = line.get(name)
    return float(value) if isinstance(value, (int, float)) and abs(value) <= _MOST else 0.0
