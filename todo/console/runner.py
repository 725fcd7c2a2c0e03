"""Load tests that the console starts: one at a time, of a script that ships, against one server.

It is all that the console does besides reading, so what asks for it has to be a page of its own: by
POST, with the token that is in the page and nowhere else.
"""

import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from flask import Blueprint, Response, abort, jsonify, request

from todo.loadtest.errors import LoadError
from todo.loadtest.k6 import find_k6
from todo.serving.lifeline import Lifeline

__all__ = ["TOKEN_HEADER", "CannotRun", "Runner", "blueprint_of"]

TOKEN_HEADER = "X-Console-Token"  # noqa: S105  # its name
_SAID = re.compile(r"run (\S+), kept in ")
_LAST_LINES = 20
_LONGEST_LINE = 2000
_MOST_SCALE = 10.0


class CannotRun(Exception):
    """Why no load test starts, in a sentence."""


class Runner:
    """`todo load` as a process that ends with this one. For several threads."""

    def __init__(self, scripts: Path, endpoint: Callable[[], str]) -> None:
        """`scripts` is their folder; `endpoint` is asked for the server before each start."""
        self._folder = scripts
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._lifeline = Lifeline()
        self._process: subprocess.Popen[str] | None = None
        self._script = ""
        self._run_id: str | None = None
        self._last: deque[str] = deque(maxlen=_LAST_LINES)

    def scripts(self) -> dict[str, str]:
        """The scripts by name, each with the question in its first line."""
        found = {}
        for path in sorted(self._folder.glob("*.js")):
            with path.open(encoding="utf-8") as file:
                found[path.stem] = file.readline(_LONGEST_LINE).strip().lstrip("/ ")
        return found

    def start(self, script: str, scale: float) -> None:
        """Starts a load test. Raises CannotRun."""
        if script not in self.scripts():
            raise CannotRun("There is no such script in the folder k6.")
        if not 0 < scale <= _MOST_SCALE:
            raise CannotRun(f"The scale must be over 0 and at most {_MOST_SCALE:g}.")
        with self._lock:
            if self._is_running():
                raise CannotRun("A load test runs already: stop it, or wait for its end.")
            self._script, self._run_id = script, None
            self._last.clear()
            self._process = self._started(script, scale)
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()

    def _started(self, script: str, scale: float) -> subprocess.Popen[str]:
        fd = self._lifeline.reading_fd
        options = ["--endpoint", self._endpoint(), "--scale", str(scale)]
        return subprocess.Popen(  # noqa: S603  # our own command, and a script of ours
            [sys.executable, "-m", "todo.cli", "load", script, *options],
            env=os.environ | {"TODO_LIFELINE_FD": str(fd)},
            pass_fds=(fd,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # a Ctrl-C is for the console; the lifeline tells of its end
        )

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None  # noqa: S101  # it is a pipe
        for line in _lines(process.stderr):
            found = _SAID.match(line)
            if found:
                self._run_id = found[1]
            self._last.append(line)
        process.wait()

    def stop(self) -> None:
        """Ends the load test early; what was measured is kept, and its report made."""
        with self._lock:
            if self._process is not None and self._is_running():
                self._process.send_signal(signal.SIGTERM)

    def _is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def runs(self, run_id: str) -> bool:
        """Whether this is the load test that it has started, and its end or report is to come."""
        return self._run_id == run_id and self._is_running()

    def state(self) -> dict[str, Any]:
        """What can be started, and what runs; of one that never began, why."""
        is_running = self._is_running()
        has_failed = self._process is not None and not is_running and self._run_id is None
        return {
            "scripts": self.scripts(),
            "endpoint": self._endpoint(),
            "problem": self._problem(),
            "is_running": is_running,
            "script": self._script,
            "run_id": self._run_id,
            "failure": " ".join(self._last) if has_failed else None,
        }

    def _problem(self) -> str | None:
        try:
            find_k6()
        except LoadError as error:
            return str(error)
        return None if self.scripts() else "There is no folder k6 here, with scripts in it."


def blueprint_of(runner: Runner, token: str) -> Blueprint:
    """POST /api/loads starts a load test, and POST /api/loads/stop ends it."""
    blueprint = Blueprint("runner", __name__, url_prefix="/api/loads")

    @blueprint.before_request
    def check() -> None:
        # The guard has looked at an Origin that is there; here it has to be, as in every browser.
        given = request.headers.get(TOKEN_HEADER, "")
        if "Origin" not in request.headers or not secrets.compare_digest(given, token):
            abort(403, "Only a page of this console starts load tests: load it again.")

    @blueprint.post("")
    def start() -> tuple[Response, int]:
        asked = request.get_json()
        if not isinstance(asked, dict) or not isinstance(asked.get("script"), str):
            abort(400, "Send JSON with the script's name.")
        scale = asked.get("scale", 1)
        if isinstance(scale, bool) or not isinstance(scale, (int, float)):
            abort(400, "The scale must be a number.")
        try:
            runner.start(asked["script"], scale)
        except CannotRun as error:
            abort(409, str(error))
        return jsonify({}), 202

    @blueprint.post("/stop")
    def stop() -> tuple[Response, int]:
        runner.stop()
        return jsonify({}), 202

    return blueprint


def _lines(said: IO[str]) -> Iterator[str]:
    while line := said.readline(_LONGEST_LINE):
        if line.strip():
            yield line.strip()
