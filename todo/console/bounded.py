"""Answers that stay within what a reader with little room can take."""

import json
from collections.abc import Sequence
from typing import Any

__all__ = ["cut", "fitting"]

_MOST_CHARACTERS = 2000


def fitting(rows: Sequence[Any], most_bytes: int) -> list[Any]:
    """The first rows, as many as fit, and a note in place of the others."""
    kept: list[Any] = []
    size = 0
    for row in rows:
        short = cut(row)
        size += len(json.dumps(short))
        if size > most_bytes:
            return [*kept, {"left_out": len(rows) - len(kept)}]
        kept.append(short)
    return kept


def cut(value: Any) -> Any:
    """The value with its long texts cut."""
    if isinstance(value, dict):
        return {name: cut(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [cut(each) for each in value]
    if isinstance(value, str) and len(value) > _MOST_CHARACTERS:
        return value[:_MOST_CHARACTERS] + "…"
    return value
