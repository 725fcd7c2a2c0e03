"""Which code is the app's own, and not a library's or Python's."""

import os
import sys
import sysconfig
from functools import lru_cache
from types import FrameType

__all__ = ["add_app_package", "calling_origin", "is_app_code"]

_HERE = os.path.dirname(__file__)
_LIBRARY_FOLDERS = tuple(
    {
        path + os.sep
        for name in ("stdlib", "platstdlib", "purelib", "platlib")
        if (path := sysconfig.get_path(name))
    }
)
_INSTALLED = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))
_app_folders: set[str] = set()


def add_app_package(import_name: str) -> None:
    """Takes the package of a module as the app's own, though it is installed among libraries."""
    package = sys.modules.get(import_name.partition(".")[0])
    for folder in getattr(package, "__path__", ()):
        _app_folders.add(folder + os.sep)
        is_app_code.cache_clear()


@lru_cache(maxsize=4096)
def is_app_code(filename: str) -> bool:
    """Whether the code of this file is the app's."""
    if filename.startswith(_HERE):
        return False
    if filename.startswith(tuple(_app_folders)):
        return True
    # What was made while it ran is named so: <frozen os>, <sqlalchemy generated ...>.
    is_generated = filename.startswith("<") and " " in filename
    if is_generated or filename.startswith(_LIBRARY_FOLDERS):
        return False
    return not any(part in filename for part in _INSTALLED)


def calling_origin() -> str | None:
    """`file:line function` of the app's innermost code that led here; None when there is none.

    What runs in a greenlet, as SQLAlchemy's asyncio does, was led to by the code that awaits it.
    """
    found = _app_frame(sys._getframe(1))
    greenlet = sys.modules.get("greenlet")
    if found is None and greenlet is not None:
        parent = greenlet.getcurrent().parent
        found = _app_frame(parent.gr_frame) if parent is not None else None
    if found is None:
        return None
    code = found.f_code
    return f"{code.co_filename}:{_line(found)} {code.co_name}"


def _app_frame(frame: FrameType | None) -> FrameType | None:
    while frame is not None and not is_app_code(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def _line(frame: FrameType) -> int:
    template = frame.f_globals.get("__jinja_template__")
    if template is not None:  # its code is Python's, its file is the template's
        line: int = template.get_corresponding_lineno(frame.f_lineno)
        return line
    return frame.f_lineno
