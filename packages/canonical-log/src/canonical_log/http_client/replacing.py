"""Puts something around a method of a library's class, once."""

from collections.abc import Callable
from functools import wraps
from typing import Any

__all__ = ["replace"]

_OURS = "canonical_log_original"


def replace(owner: type, name: str, around: Callable[[Any], Any]) -> None:
    """The method becomes what `around` makes of it. Doing it again changes nothing."""
    original = getattr(owner, name)
    if not hasattr(original, _OURS):
        wrapped = wraps(original)(around(original))
        setattr(wrapped, _OURS, original)
        setattr(owner, name, wrapped)
