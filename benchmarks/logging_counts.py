"""What a request's log lines take that no clock blurs, however busy the machine is: calls of
functions, system calls and garbage collections, on the app in a process of its own, without a
server.
"""

import gc
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from types import FrameType
from typing import Any

from . import contenders

__all__ = ["print_counts"]

FEW, MANY = 50, 250
SYSTEM_CALLS = re.compile(r"^100\.00.*?(\d+)(?:\s+\d+)? total$", re.MULTILINE)
COUNTED = re.compile(r"^counted: (.*)$", re.MULTILINE)
NAMES = ("Python calls", "C calls", "collections", "system calls")


def print_counts(variants: Mapping[str, Mapping[str, str]], path: str, baseline: str) -> None:
    """Prints a row for each variant, which is the environment of an app of ours; in brackets what
    it has more than the baseline.
    """
    print(f"\n{'counted per request':20}" + "".join(f"{name:>20}" for name in NAMES))
    base: list[float] = []
    for variant, environment in {baseline: variants[baseline], **variants}.items():
        counts = _counts(environment, path)
        base = base or counts
        cells = [
            f"{count:,.1f} ({count - usual:+,.1f})"
            for count, usual in zip(counts, base, strict=True)
        ]
        print(f"{variant:20}" + "".join(f"{cell:>20}" for cell in cells), flush=True)


def _counts(environment: Mapping[str, str], path: str) -> list[float]:
    """Those of many requests less those of a few, by the number between."""
    few, many = (_of_process(environment, path, requests) for requests in (FEW, MANY))
    return [(more - less) / (MANY - FEW) for more, less in zip(many, few, strict=True)]


def _of_process(environment: Mapping[str, str], path: str, requests: int) -> list[int]:
    served = [sys.executable, "-m", __name__, path, str(requests)]
    kept = os.environ | dict(environment) | {"PYTHONHASHSEED": "0"}
    said = _run([*served, "--profile"], kept)
    counted = [int(count) for count in COUNTED.findall(said)[0].split()]
    if not shutil.which("strace"):
        return [*counted, 0]
    calls = SYSTEM_CALLS.findall(_run(["strace", "-f", "-c", *served], kept))
    return [*counted, int(calls[0])]


def _run(command: list[str], environment: Mapping[str, str]) -> str:
    ran = subprocess.run(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    if ran.returncode:
        raise RuntimeError(f"{command} ended with {ran.returncode}: {ran.stderr[-2000:]}")
    return ran.stderr


def serve(path: str, requests: int, *, is_profiled: bool) -> None:
    """Answers so many requests in this process."""
    app = contenders.ours()
    calls: Counter[str] = Counter()

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        calls[event] += 1

    if is_profiled:
        sys.setprofile(count)
    for _ in range(requests):
        body = app(_environ(path), lambda *_: None)
        list(body)
        body.close()  # type: ignore[attr-defined]  # as a server does
    sys.setprofile(None)
    collections = sum(generation["collections"] for generation in gc.get_stats())
    print("counted:", calls["call"], calls["c_call"], collections, file=sys.stderr)


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
    serve(sys.argv[1], int(sys.argv[2]), is_profiled="--profile" in sys.argv)
