"""What a thread's frames say: where in the app it is, and what it waits for there if it waits."""

import ast
import dis
import importlib.util
import linecache
import os
import sys
import sysconfig
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import NamedTuple

from .roles import CALLS, ROLES

__all__ = ["Stack", "read_stack"]

_MOST_FRAMES = 60
_MOST_CHARACTERS = 3000
_LONGEST_CALL = 60

# Instructions in which C code can wait. In any other one a thread can only wait for the GIL.
_MAY_WAIT = (
    *("CALL", "PRECALL", "FOR_ITER", "SEND", "IMPORT", "BEFORE", "WITH", "GET", "LIST", "SET"),
    *("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "BINARY_SUBSCR", "UNPACK", "CONTAINS", "DELETE"),
)


def _folder_of(module: str) -> str:
    found = importlib.util.find_spec(module)
    return os.path.dirname(found.origin) if found and found.origin else ""


_LIBRARIES = tuple(
    {
        os.path.realpath(path) + os.sep
        for path in (
            *sysconfig.get_paths().values(),
            os.path.dirname(os.__file__),
            *map(_folder_of, ("canonical_log", "cloudwatch_spool", "logs_insights")),
        )
        if path
    }
)
_STANDARD = os.path.realpath(os.path.dirname(os.__file__)) + os.sep
_SERVING = os.path.realpath(_folder_of("todo.serving")) + os.sep
_APP = os.path.realpath(_folder_of("todo")) + os.sep  # an app also where it is installed


class Stack(NamedTuple):
    """A thread's stack. `waits_for` is what it waits for if it is not running: a role, `gil` where
    nothing else is possible, or `wait` for what is not known. `is_app` says whether the location is
    in the app, not in a library.
    """

    location: str
    call: str | None
    text: str
    waits_for: str
    is_app: bool


class _Code(NamedTuple):
    file: str
    name: str
    is_app: bool
    is_standard: bool
    is_collector: bool
    roles: tuple[tuple[str, frozenset[str]], ...]


def read_stack(frame: FrameType) -> Stack:
    """The stack whose innermost frame this is. What a garbage collection calls in between is the
    business of the code that it came upon.
    """
    frames: list[FrameType] = []
    walked: FrameType | None = frame
    while walked is not None and len(frames) < _MOST_FRAMES:
        frames.append(walked)
        if _is_collecting(walked):
            frames.clear()
        walked = walked.f_back
    frames = frames or [frame]
    in_app = next((each for each in frames if _code(each.f_code).is_app), None)
    location = in_app or frames[0]
    return Stack(
        location=_described(location),
        call=_call(location)[0],
        text=";".join(map(_described, reversed(frames)))[-_MOST_CHARACTERS:],
        waits_for=_role(frames),
        is_app=in_app is not None,
    )


def _is_collecting(frame: FrameType) -> bool:
    name = frame.f_code.co_name
    return name == "__del__" or (name == "__call__" and _code(frame.f_code).is_collector)


def _role(frames: list[FrameType]) -> str:
    """The role of the innermost frame that has one, up to the app. The server's and the log's own
    count only where no other library is in between: they are around every request.
    """
    found, through_library = None, False
    for frame in frames:
        code = _code(frame.f_code)
        role = next(
            (role for role, names in code.roles if not names or frame.f_code.co_name in names),
            None,
        )
        if through_library and role in ("client", "logging"):
            role = None
        if role == "wait" or _is_rather(role, found):
            return str(role)
        found = found or role
        if code.is_app:
            break
        through_library = through_library or (role is None and not code.is_standard)
    return found or _call(frames[0])[1]


def _is_rather(role: str | None, found: str | None) -> bool:
    """Whether the outer role says better than the inner one what is waited for."""
    return (role == "client" and found == "upstream") or (role == "pool" and found == "lock")


def _described(frame: FrameType) -> str:
    code = _code(frame.f_code)
    return f"{code.file}:{frame.f_lineno} {code.name}"


@lru_cache(maxsize=4096)
def _code(code: CodeType) -> _Code:
    path = os.path.realpath(code.co_filename) if code.co_filename[:1] != "<" else ""
    unixy = path.replace(os.sep, "/")
    roles = tuple((role, names) for role, place, names in ROLES if place in unixy)
    return _Code(
        file=_short(path) if path else code.co_filename,
        name=_name(code),
        is_app=_is_app(path),
        is_standard=not path or (path.startswith(_STANDARD) and "/site-packages/" not in unixy),
        is_collector=path.startswith(_SERVING) and path.endswith("garbage.py"),
        roles=roles,
    )


def _name(code: CodeType) -> str:
    """The function's name; of a comprehension or a lambda that of the function around it."""
    names = [each for each in code.co_qualname.split(".") if each[:1] != "<"]
    return names[-1] if names else code.co_name


def _is_app(path: str) -> bool:
    if path.startswith(_SERVING) or not path:
        return False
    return path.startswith(_APP) or not path.startswith(_LIBRARIES)


def _short(path: str) -> str:
    """As it can be imported from: below the nearest folder of `sys.path`, else the name alone."""
    found = [
        path[len(folder) + 1 :]
        for folder in map(os.path.realpath, filter(None, [*sys.path, os.getcwd()]))
        if path.startswith(folder + os.sep)
    ]
    return min(found, key=len) if found else Path(path).name


def _call(frame: FrameType) -> tuple[str | None, str]:
    """What the frame calls right now, as its source says, and what that would wait for."""
    return _call_at(frame.f_code, frame.f_lasti)


@lru_cache(maxsize=4096)
def _call_at(code: CodeType, offset: int) -> tuple[str | None, str]:
    if offset < 0:
        return None, "wait"
    while offset > 0 and dis.opname[code.co_code[offset]] == "CACHE":
        offset -= 2
    instruction = dis.opname[code.co_code[offset]]
    if instruction == "BEFORE_WITH":
        return "with", "lock"
    if not instruction.startswith(_MAY_WAIT):
        return None, "gil"
    try:
        start, end, left, right = list(code.co_positions())[offset // 2]
    except IndexError:
        return None, "wait"
    if start is None or end is None or left is None or right is None:
        return None, "wait"
    lines = [linecache.getline(code.co_filename, line).encode() for line in range(start, end + 1)]
    lines[-1] = lines[-1][:right]
    lines[0] = lines[0][left:]
    try:
        tree = ast.parse(b"".join(lines).strip(), mode="eval").body
    except SyntaxError:
        return None, "wait"
    if not isinstance(tree, ast.Call):
        return None, "wait"
    callee = ast.unparse(tree.func)
    return callee[:_LONGEST_CALL], CALLS.get(callee.rpartition(".")[2], "wait")
