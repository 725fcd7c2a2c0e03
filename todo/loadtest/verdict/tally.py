"""Milliseconds by what they were spent on."""

from collections.abc import Hashable
from typing import TypeVar

__all__ = ["Tally"]

K = TypeVar("K", bound=Hashable)


class Tally(dict[K, float]):
    """Adds up; what was never added has nothing."""

    def add(self, key: K, ms: float) -> None:
        """Adds so much to the key."""
        self[key] = self.get(key, 0.0) + ms

    def ranked(self) -> list[K]:
        """The keys, first the one with the most."""
        return sorted(self, key=self.__getitem__, reverse=True)

    def most(self) -> K | None:
        """The key with the most, None without any."""
        return max(self, key=self.__getitem__, default=None)

    def total(self) -> float:
        """Of all keys."""
        return sum(self.values())
