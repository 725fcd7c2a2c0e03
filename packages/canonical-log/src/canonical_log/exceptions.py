"""An exception as fields: bounded text, no local variables, none of the values that PostgreSQL puts
into DETAIL.
"""

import hashlib
import traceback
from types import TracebackType
from typing import Any

__all__ = ["exception_fields"]

MAX_MESSAGE_CHARACTERS = 1000
MAX_STACK_CHARACTERS = 16_000
_NOT_OURS = ("site-packages", "dist-packages", "/lib/python")


def exception_fields(error: BaseException, trace: TracebackType | None = None) -> dict[str, Any]:
    """The fields that begin with `exception_`. Never raises: what cannot be told is left out."""
    frames = traceback.extract_tb(trace or error.__traceback__)
    kind = type(error)
    name = (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )
    stack = "".join(traceback.format_list(frames)).rstrip()
    fields = {
        "exception_type": name,
        "exception_message": _message(error),
        "exception_stack": stack[-MAX_STACK_CHARACTERS:],  # the end is where it was raised
    }
    if frames:
        ours = [frame for frame in frames if not any(part in frame.filename for part in _NOT_OURS)]
        frame = (ours or list(frames))[-1]
        fields["exception_location"] = f"{frame.filename}:{frame.lineno} {frame.name}"
        place = f"{name} {frame.filename} {frame.name}"
        fields["exception_fingerprint"] = hashlib.blake2b(
            place.encode(errors="replace"), digest_size=4
        ).hexdigest()
    return fields


def _message(error: BaseException) -> str:
    """The error's text up to PostgreSQL's DETAIL line, which quotes values, and SQLAlchemy's own
    appendix.
    """
    try:
        text = str(error)
    except Exception as failure:  # a __str__ that raises must not cost the line
        return f"<{type(error).__name__}.__str__ raised {type(failure).__name__}>"
    driver_error = getattr(error, "orig", error)
    primary: str | None = getattr(getattr(driver_error, "diag", None), "message_primary", None)
    if primary and primary in text:  # the marks below are in the language that the server is set to
        return (text.partition(primary)[0] + primary)[:MAX_MESSAGE_CHARACTERS]
    for mark in ("\nDETAIL:", "\nCONTEXT:", "\n[SQL:", "\n[parameters:"):
        text = text.partition(mark)[0]
    return text[:MAX_MESSAGE_CHARACTERS]
