"""An exception as fields: all that led to it in bounded text, without local variables, and without
the values that PostgreSQL puts into DETAIL.
"""

import hashlib
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from .origin import is_app_code
from .redaction import redact_parameters
from .text import cut_middle

__all__ = ["MAX_STACK_BYTES", "exception_fields"]

MAX_MESSAGE_CHARACTERS = 1000
MAX_STACK_BYTES = 16_000
MAX_FRAMES = 200
"""How many frames of one exception are told, the innermost ones."""
MAX_EXCEPTIONS = 50
"""How many exceptions are told of a chain, and of a group with all that is in it."""
MAX_NOTES = 50
"""How many notes of an exception are told."""
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"


def exception_fields(error: BaseException, trace: TracebackType | None = None) -> dict[str, Any]:
    """The fields that begin with `exception_`. Never raises: what cannot be told is left out.

    `exception_stack` has the exceptions that this one came from, the first one first, the ones of a
    group, and the notes of each. Of the first, the root cause, there are fields that begin with
    `exception_cause_`.
    """
    trace = trace or error.__traceback__
    fields = {
        "exception_type": _name(error),
        "exception_message": _message(error),
        "exception_stack": cut_middle("".join(_Telling().chain(error, trace)), MAX_STACK_BYTES),
    } | _place(error, trace, "exception")
    cause = _root_cause(error)
    if cause is not error:
        fields["exception_cause_type"] = _name(cause)
        fields["exception_cause_message"] = _message(cause)
        fields |= _place(cause, cause.__traceback__, "exception_cause")
    return fields


def _place(error: BaseException, trace: TracebackType | None, prefix: str) -> dict[str, str]:
    """Where it was raised: in the app's code if that is part of it."""
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(trace)]
    if not frames:
        return {}
    ours = [frame for frame in frames if is_app_code(frame[0].co_filename)]
    code, line = (ours or frames)[-1]
    place = f"{_name(error)} {code.co_filename} {code.co_name}".encode(errors="replace")
    return {
        f"{prefix}_location": f"{code.co_filename}:{line} {code.co_name}",
        f"{prefix}_fingerprint": hashlib.blake2b(place, digest_size=4).hexdigest(),
    }


def _root_cause(error: BaseException) -> BaseException:
    seen = [error]
    while True:
        inner: BaseException | None = _before(seen[-1])[0]
        if inner is None and isinstance(seen[-1], BaseExceptionGroup):
            inner = seen[-1].exceptions[0]
        if inner is None or len(seen) >= MAX_EXCEPTIONS or any(inner is one for one in seen):
            return seen[-1]
        seen.append(inner)


def _before(error: BaseException) -> tuple[BaseException | None, str]:
    """The exception that this one came from, and what the two are to each other."""
    if error.__cause__ is not None:
        return error.__cause__, _CAUSE
    return (None if error.__suppress_context__ else error.__context__), _CONTEXT


class _Telling:
    """One exception and all that belong to it, each told once."""

    def __init__(self) -> None:
        self._told: set[int] = set()

    def chain(
        self, error: BaseException, trace: TracebackType | None, indent: str = ""
    ) -> Iterator[str]:
        """The text of an exception, after the text of those that it came from."""
        chain: list[tuple[BaseException, TracebackType | None, str]] = []
        current: BaseException | None = error
        joint = ""
        while current is not None and id(current) not in self._told:
            if len(self._told) >= MAX_EXCEPTIONS:
                break
            self._told.add(id(current))
            chain.append((current, trace, joint))
            current, joint = _before(current)
            trace = current.__traceback__ if current else None
        for one, its_trace, its_joint in reversed(chain):
            yield from self._one(one, its_trace, indent)
            yield its_joint.replace("\n", f"\n{indent}") if its_joint else ""

    def _one(self, error: BaseException, trace: TracebackType | None, indent: str) -> Iterator[str]:
        lines = traceback.StackSummary.from_list(_frames(trace)).format()
        if lines:
            lines.insert(0, "Traceback (most recent call last):\n")
        lines.append(f"{_name(error)}: {_message(error)}\n")
        lines += [f"{note}\n" for note in _notes(error)]
        for line in "".join(lines).splitlines():
            yield f"{indent}{line}\n"
        if isinstance(error, BaseExceptionGroup):
            for number, member in enumerate(error.exceptions, 1):
                if len(self._told) >= MAX_EXCEPTIONS:
                    yield f"{indent}  ... and {len(error.exceptions) - number + 1} more\n"
                    return
                yield f"{indent}  +- {number} of {len(error.exceptions)}\n"
                yield from self.chain(member, member.__traceback__, f"{indent}  | ")


def _frames(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    """The innermost frames, without the columns: to underline them, Python parses each line."""
    return [
        traceback.FrameSummary(frame.f_code.co_filename, line, frame.f_code.co_name)
        for frame, line in list(traceback.walk_tb(trace))[-MAX_FRAMES:]
    ]


def _name(error: BaseException) -> str:
    kind = type(error)
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _notes(error: BaseException) -> list[str]:
    notes = getattr(error, "__notes__", None)
    if not isinstance(notes, list | tuple):
        return []
    return [note[:MAX_MESSAGE_CHARACTERS] for note in notes[:MAX_NOTES] if isinstance(note, str)]


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
        text = text.partition(primary)[0] + primary
    for mark in ("\nDETAIL:", "\nCONTEXT:", "\n[SQL:", "\n[parameters:"):
        text = text.partition(mark)[0]
    # One of an HTTP client has the URL in it.
    return redact_parameters(text[:MAX_MESSAGE_CHARACTERS])
