"""What the work's statements come to: the `db_` fields of its line."""

from threading import Lock
from typing import Any

__all__ = ["COMMIT", "CONNECT", "POOL_WAIT", "ROLLBACK", "DatabaseRollUp"]

COMMIT, ROLLBACK, CONNECT, POOL_WAIT = "COMMIT", "ROLLBACK", "CONNECT", "POOL_WAIT"
_FIELD_OF_WAIT = {
    COMMIT: "db_commit_ms",
    ROLLBACK: "db_commit_ms",
    CONNECT: "db_connect_ms",
    POOL_WAIT: "db_pool_wait_ms",
}
N_PLUS_ONE_MORE_THAN = 5
N_PLUS_ONE_OVER_S = 0.05
MAX_SHAPES = 1000
"""How many different statements are told apart; the others are counted as one."""


class _Shape:
    """The statements of one fingerprint."""

    __slots__ = ("count", "seconds")

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0


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

    def add_statement(self, fingerprint: str, seconds: float, *, is_slow: bool = False) -> None:
        """Counts one statement."""
        with self._lock:
            shapes = self._shapes
            shape = shapes.get(fingerprint)
            if shape is None:
                key = fingerprint if len(shapes) < MAX_SHAPES else ""
                shape = shapes.setdefault(key, _Shape())
            shape.count += 1
            shape.seconds += seconds
            self._slow_count += is_slow

    def add_wait(self, operation: str, seconds: float) -> None:
        """Adds the time of what is no statement: COMMIT, ROLLBACK, CONNECT or POOL_WAIT."""
        field = _FIELD_OF_WAIT[operation]
        with self._lock:
            self._waits[field] = self._waits.get(field, 0.0) + seconds

    def fields(self) -> dict[str, Any]:
        """The fields of the line, without those that have nothing to tell."""
        shapes = list(self._shapes.values())
        count = sum(shape.count for shape in shapes)
        fields: dict[str, Any] = {"db_query_count": count}
        if count:
            fields["db_time_ms"] = round(sum(shape.seconds for shape in shapes) * 1000, 2)
        for name, seconds in list(self._waits.items()):
            if seconds >= 0.000_005:
                fields[name] = round(seconds * 1000, 2)
        if len(shapes) < count:
            fields["db_dup_count"] = count - len(shapes)
        if any(_is_n_plus_one(shape) for shape in shapes):
            fields["db_n_plus_one"] = True
        if self._slow_count:
            fields["db_slow_count"] = self._slow_count
        return fields


def _is_n_plus_one(shape: _Shape) -> bool:
    return shape.count > N_PLUS_ONE_MORE_THAN and shape.seconds > N_PLUS_ONE_OVER_S
