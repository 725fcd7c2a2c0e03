"""What the work's statements come to: the `db_` fields of its line."""

from threading import Lock
from typing import Any

from .timestamps import milliseconds

__all__ = ["COMMIT", "CONNECT", "POOL_WAIT", "ROLLBACK", "DatabaseRollUp"]

COMMIT, ROLLBACK, CONNECT, POOL_WAIT = "COMMIT", "ROLLBACK", "CONNECT", "POOL_WAIT"
_FIELD_OF_WAIT = {
    COMMIT: "db_commit_ms",
    ROLLBACK: "db_commit_ms",
    CONNECT: "db_connect_ms",
    POOL_WAIT: "db_pool_wait_ms",
}
N_PLUS_ONE_MORE_THAN = 5
"""How many alike from one place in the code are no N+1 yet, nor from many when they take no more
than the seconds below.
"""
N_PLUS_ONE_OVER_S = 0.05
LEAST_WAIT_S = 0.000_05
"""A wait that is shorter has no field."""
MAX_ORIGINS = 20
"""How many places are told apart of one fingerprint."""
MAX_SHAPES = 1000
"""How many different statements are told apart; the others are counted as one."""


class _Shape:
    """The statements of one fingerprint."""

    __slots__ = ("count", "origins", "seconds")

    def __init__(self) -> None:
        self.count = 0
        self.origins: dict[str, int] = {}  # how many came from where, without the first
        self.seconds = 0.0

    def add_origin(self, origin: str, count: int = 1) -> None:
        """Counts where in the code some came from; one more place only where there is room."""
        if origin in self.origins or len(self.origins) < MAX_ORIGINS:
            self.origins[origin] = self.origins.get(origin, 0) + count

    def add(self, other: "_Shape") -> None:
        """Adds what was counted of the same fingerprint elsewhere."""
        self.count += other.count
        self.seconds += other.seconds
        for origin, count in list(other.origins.items()):
            self.add_origin(origin, count)


class DatabaseRollUp:
    """Counts the statements of one piece of work, and the time that they and all around them took.

    Any thread may add to it, and its size has a bound, however many statements there are.
    """

    __slots__ = ("_lock", "_shapes", "_slow_count", "_waits")

    def __init__(self) -> None:
        """Begins with nothing."""
        self._lock = Lock()
        self._shapes: dict[str, _Shape] = {}
        self._slow_count = 0
        self._waits: dict[str, float] = {}

    def add_statement(self, fingerprint: str, seconds: float, *, is_slow: bool = False) -> bool:
        """Counts one statement, and returns whether there was one of this fingerprint before."""
        with self._lock:
            shapes = self._shapes
            shape = shapes.get(fingerprint)
            if shape is None:
                key = fingerprint if len(shapes) < MAX_SHAPES else ""
                shape = shapes.setdefault(key, _Shape())
            shape.count += 1
            shape.seconds += seconds
            self._slow_count += is_slow
            return shape.count > 1

    def has(self, fingerprint: str) -> bool:
        """Whether there was a statement of this fingerprint."""
        return fingerprint in self._shapes

    def add_origin(self, fingerprint: str, origin: str) -> None:
        """Counts where in the code a statement came from that there was before."""
        with self._lock:
            shape = self._shapes.get(fingerprint)
            if shape is not None:
                shape.add_origin(origin)

    def add_wait(self, operation: str, seconds: float) -> None:
        """Adds the time of what is no statement: COMMIT, ROLLBACK, CONNECT or POOL_WAIT."""
        field = _FIELD_OF_WAIT[operation]
        with self._lock:
            self._waits[field] = self._waits.get(field, 0.0) + seconds

    def add(self, inner: "DatabaseRollUp") -> None:
        """Adds what was counted of work that was part of this."""
        with self._lock:
            for fingerprint, theirs in list(inner._shapes.items()):
                key = fingerprint if len(self._shapes) < MAX_SHAPES else ""
                shape = self._shapes.get(fingerprint) or self._shapes.setdefault(key, _Shape())
                shape.add(theirs)
            for field, seconds in list(inner._waits.items()):
                self._waits[field] = self._waits.get(field, 0.0) + seconds
            self._slow_count += inner._slow_count

    def add_to(self, line: dict[str, Any]) -> None:
        """Adds the fields to the line, without those that have nothing to tell."""
        shapes = list(self._shapes.values())
        count, query_s = 0, 0.0
        for shape in shapes:
            count += shape.count
            query_s += shape.seconds
        line["db_query_count"] = count
        if count:
            line["db_time_ms"] = milliseconds(query_s)
        for name, wait_s in list(self._waits.items()):
            if wait_s >= LEAST_WAIT_S:
                line[name] = milliseconds(wait_s)
        if len(shapes) < count:
            line["db_dup_count"] = count - len(shapes)
            line |= self._n_plus_one()
        if self._slow_count:
            line["db_slow_count"] = self._slow_count

    def has_n_plus_one(self) -> bool:
        """Whether the line will say so."""
        return any([_is_n_plus_one(shape) for shape in list(self._shapes.values())])

    def _n_plus_one(self) -> dict[str, Any]:
        """What is told of the fingerprint with the most statements among those that are one."""
        many = [
            (shape.count, fingerprint, list(shape.origins.items()))
            for fingerprint, shape in list(self._shapes.items())
            if _is_n_plus_one(shape)
        ]
        if not many:
            return {}
        count, fingerprint, origins = max(many)
        fields = {
            "db_n_plus_one": True,
            "db_n_plus_one_count": count,
            "db_n_plus_one_fingerprint": fingerprint,
        }
        origin = max(origins, key=lambda item: item[1], default=("", 0))[0]
        return fields | ({"db_n_plus_one_origin": origin} if origin else {})


def _is_n_plus_one(shape: _Shape) -> bool:
    if shape.count <= N_PLUS_ONE_MORE_THAN:
        return False
    # The first one of a place is not among those that are counted there.
    from_one_place = 1 + max(shape.origins.values(), default=0)
    return from_one_place > N_PLUS_ONE_MORE_THAN or shape.seconds > N_PLUS_ONE_OVER_S
