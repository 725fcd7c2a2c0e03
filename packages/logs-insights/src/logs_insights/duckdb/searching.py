"""Finds the few lines of many files that contain a text, at the speed of the C library."""

import ctypes
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Past so many lines it is quicker to let the database read everything.
MAX_LINES = 2000
_BLOCK_BYTES = 1 << 20
_THREADS = 2

# memmem is in glibc, musl and macOS. A ctypes call runs without the interpreter's lock, so threads
# help.
_memmem = ctypes.CDLL(None).memmem
_memmem.restype = ctypes.c_void_p
_memmem.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]


class TooManyLines(Exception):
    """The text is in more than MAX_LINES lines."""


def matching_lines(paths: Sequence[Path], text: str) -> list[tuple[str | None, str]]:
    """The lines that contain the text, each with its file. Raises TooManyLines; bounded in memory.

    A line that is not UTF-8 comes back as None.
    """
    needle = text.encode()
    shares = [paths[start::_THREADS] for start in range(_THREADS)]
    with ThreadPoolExecutor(_THREADS) as pool:
        found = [
            pair
            for pairs in pool.map(lambda share: _search(share, needle), shares)
            for pair in pairs
        ]
    if len(found) > MAX_LINES:
        raise TooManyLines
    return found


def _search(paths: Sequence[Path], needle: bytes) -> list[tuple[str | None, str]]:
    buffer = bytearray(_BLOCK_BYTES)
    found: list[tuple[str | None, str]] = []
    for path in paths:
        for line in _lines(path, buffer, needle):
            found.append((_decoded(line), str(path)))
            if len(found) > MAX_LINES:
                raise TooManyLines
    return found


def _decoded(line: bytes) -> str | None:
    try:
        return line.rstrip(b"\r").decode()
    except UnicodeDecodeError:
        return None


def _lines(path: Path, buffer: bytearray, needle: bytes) -> Iterator[bytes]:
    """Reads block after block; what follows a block's last newline is carried to the front of the
    next.
    """
    address = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    view = memoryview(buffer)
    carried = 0
    with path.open("rb", buffering=0) as file:
        while True:
            read = file.readinto(view[carried:]) or 0
            filled = carried + read
            end = filled if not read else buffer.rfind(b"\n", 0, filled) + 1
            yield from _matches(buffer, address, end, needle)
            if not read:
                return
            if not end and filled == len(buffer):
                end = filled  # a line longer than a block is no event that CloudWatch would take
            carried = filled - end
            buffer[:carried] = buffer[end:filled]


def _matches(buffer: bytearray, address: int, end: int, needle: bytes) -> Iterator[bytes]:
    position = 0
    while position < end:
        place = _memmem(address + position, end - position, needle, len(needle))
        if place is None:
            return
        start = buffer.rfind(b"\n", 0, place - address) + 1
        stop = buffer.find(b"\n", place - address, end)
        stop = end if stop < 0 else stop
        yield bytes(buffer[start:stop])
        position = stop + 1
