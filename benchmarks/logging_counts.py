"""What a request's log lines take that no clock blurs, however busy the machine is: calls of
functions, system calls, garbage collections and the processor's instructions, on the app in a
process of its own, without a server. strace counts the system calls, valgrind the instructions;
where one is not installed, its column is 0.
"""

import gc
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from canonical_log import database_events

from . import contenders

__all__ = ["print_counts"]

FEW, MANY = 50, 250
SYSTEM_CALLS = re.compile(r"^100\.00.*?(\d+)(?:\s+\d+)? total$", re.MULTILINE)
COUNTED = re.compile(r"^counted: (.*)$", re.MULTILINE)
INSTRUCTIONS = re.compile(r"^totals: (\d+)$", re.MULTILINE)
NAMES = ("Python calls", "C calls", "collections", "system calls", "instructions")


def print_counts(variants: Mapping[str, Mapping[str, str]], path: str, baseline: str) -> None:
    """Prints a row for each variant, which is the environment of an app of ours; in brackets what
    it has more than the baseline.
    """
    print(f"\n{'counted per request':20}" + "".join(f"{name:>24}" for name in NAMES))
    base: list[float] = []
    for variant, environment in {baseline: variants[baseline], **variants}.items():
        counts = _counts(environment, path)
        base = base or counts
        cells = [
            f"{count:,.1f} ({count - usual:+,.1f})"
            for count, usual in zip(counts, base, strict=True)
        ]
        print(f"{variant:20}" + "".join(f"{cell:>24}" for cell in cells), flush=True)


def _counts(environment: Mapping[str, str], path: str) -> list[float]:
    """Those of many requests less those of a few, by the number between."""
    kept = os.environ | dict(environment) | {"PYTHONHASHSEED": "0"}
    few, many = (_calls(kept, path, requests) for requests in (FEW, MANY))
    less, more = _instructions(kept, path)
    return [
        (end - start) / (MANY - FEW) for start, end in zip([*few, less], [*many, more], strict=True)
    ]


def _calls(environment: Mapping[str, str], path: str, requests: int) -> list[int]:
    served = [sys.executable, "-m", __name__, path, str(requests)]
    said = _run([*served, "--profile"], environment)
    counted = [int(count) for count in COUNTED.findall(said)[0].split()]
    if not shutil.which("strace"):
        return [*counted, 0]
    calls = SYSTEM_CALLS.findall(_run(["strace", "-f", "-c", *served], environment))
    return [*counted, int(calls[0])]


def _instructions(environment: Mapping[str, str], path: str) -> list[int]:
    """Of a few requests and of many, in one process: starting takes far more than both."""
    if not shutil.which("callgrind_control"):
        return [0, 0]
    with tempfile.TemporaryDirectory() as folder:
        counted = Path(folder, "counted")
        valgrind = ["valgrind", "--tool=callgrind", "--instr-atstart=no"]
        valgrind += ["--dump-instr=no", f"--callgrind-out-file={counted}"]
        served = [sys.executable, "-m", __name__, path, str(FEW), "--instructions"]
        _run([*valgrind, *served], environment)
        dumps = (counted.with_suffix(suffix) for suffix in (".1", ".2"))
        return [int(INSTRUCTIONS.findall(dump.read_text())[-1]) for dump in dumps]


def _run(command: list[str], environment: Mapping[str, str]) -> str:
    ran = subprocess.run(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    if ran.returncode:
        raise RuntimeError(f"{command} ended with {ran.returncode}: {ran.stderr[-2000:]}")
    return ran.stderr


def serve(path: str, requests: int, how: str) -> None:
    """Answers so many requests in this process."""

    def answer(times: int) -> None:
        for _ in range(times):
            body = app(_environ(path), lambda *_: None)
            list(body)
            body.close()  # type: ignore[attr-defined]  # as a server does

    app = contenders.ours()
    if how == "--instructions":
        # In valgrind everything takes so long that each look at the pool would be a line.
        database_events.LOGGED_WAIT_S = 60
        answer(requests)  # until Python has adapted its code to what it does
        for times in (FEW, MANY):
            _control("--instr=on")
            answer(times)
            _control("--instr=off")
            _control("--dump")
        return
    _profile(lambda: answer(requests), is_profiled=how == "--profile")


def _profile(run: Callable[[], None], *, is_profiled: bool) -> None:
    calls: Counter[str] = Counter()

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        calls[event] += 1

    if is_profiled:
        sys.setprofile(count)
    run()
    sys.setprofile(None)
    collections = sum(generation["collections"] for generation in gc.get_stats())
    print("counted:", calls["call"], calls["c_call"], collections, file=sys.stderr)


def _control(what: str) -> None:
    """Tells the valgrind that runs this process."""
    command = ["callgrind_control", what, str(os.getpid())]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _environ(path: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "6400",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1:6400",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
    }


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
