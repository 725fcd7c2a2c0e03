"""How long to wait before trying again."""

import random

FIRST_S = 0.1
LAST_S = 20.0


class Backoff:
    """Full jitter: a random wait under a bound that doubles with each failure, so that callers
    spread out.
    """

    def __init__(self, *, first_s: float = FIRST_S, last_s: float = LAST_S) -> None:
        """Bounds of the wait in seconds: after the first failure, and at most."""
        self._first_s = first_s
        self._last_s = last_s
        self._failures = 0

    def next_s(self) -> float:
        """The wait after one more failure."""
        bound_s = min(self._first_s * 2 ** min(self._failures, 30), self._last_s)
        self._failures += 1
        return random.uniform(bound_s / 10, bound_s)  # noqa: S311  # spreads load, protects nothing

    def reset(self) -> None:
        """Begin anew after a success."""
        self._failures = 0
