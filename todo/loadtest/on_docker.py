"""k6 in containers of this machine's engine, each of which has a share of the load."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from .errors import LoadError
from .k6 import INSTRUMENT, run_together
from .machines import LOOPBACK, SCRIPTS, SHARED_SETTINGS, Machines, Share
from .run import LoadMachine

__all__ = ["K6_IMAGE", "Containers"]

K6_IMAGE = "grafana/k6:1.1.0"


class Containers(Machines):
    """k6 in containers of an image, whose entry point it is.

    Raises LoadError where no engine answers.
    """

    def __init__(self, image: str, machines: int) -> None:
        """`machines` of them share the load."""
        super().__init__(machines)
        self.image = image
        self._cpu: dict[str, list[float]] = {}
        try:
            self.cores = int(_docker("info", "--format", "{{.NCPU}}"))
        except (OSError, subprocess.CalledProcessError, ValueError):
            raise LoadError("no Docker engine answers: `docker info` says why") from None

    def version(self) -> str:
        """The version of k6 in the image, such as 1.3.0. Raises LoadError when it has none."""
        try:
            said = _docker("run", "--rm", self.image, "version")
        except subprocess.CalledProcessError as error:
            raise LoadError(f"the image {self.image} runs no k6: {error.stderr.strip()}") from None
        return said.split()[1].removeprefix("v")

    def run_shares(
        self, script: Path, text: str, shares: Sequence[Share], endpoint: str
    ) -> tuple[list[LoadMachine], bool]:
        """As said of all Machines. What a killed client leaves behind is removed."""
        names = [f"{share.folder.parent.name}-{share.name}" for share in shares]
        commands = [
            [*self._container(name, share.folder, script, endpoint), *share.arguments]
            for name, share in zip(names, shares, strict=True)
        ]
        try:
            with self._watched(names):
                codes, interrupted = run_together(
                    commands, text, shares[0].folder.parent, os.environ
                )
        finally:
            subprocess.run(["docker", "rm", "--force", *names], capture_output=True)  # noqa: S603, S607
        machines = [
            LoadMachine(
                name=share.name, host="docker", exit_code=code, cpu_share=self._cpu_share(name)
            )
            for share, name, code in zip(shares, names, codes, strict=True)
        ]
        return machines, interrupted

    def _container(self, name: str, own: Path, script: Path, endpoint: str) -> list[str]:
        """The start of a command. The key goes by its name, so that no command line shows it."""
        command = ["docker", "run", "--rm", "--interactive", "--name", name]
        command += ["--user", f"{os.getuid()}:{os.getgid()}"]
        if urlsplit(endpoint).hostname in LOOPBACK:
            command += ["--network", "host"]
        for setting, value in SHARED_SETTINGS.items():
            command += ["--env", f"{setting}={value}"]
        command += ["--env", "TODO_API_KEY"] if "TODO_API_KEY" in os.environ else []
        command += ["--volume", f"{script.parent.resolve()}:/{SCRIPTS}:ro"]
        command += ["--workdir", f"/{SCRIPTS}", "--volume", f"{INSTRUMENT}:/instrument.js:ro"]
        return [*command, "--volume", f"{own.resolve()}:/out", self.image]

    @contextmanager
    def _watched(self, names: list[str]) -> Iterator[None]:
        """Asks the engine for the containers' CPU until the block ends."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(1):
                self._note(names)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()

    def _note(self, names: list[str]) -> None:
        try:
            said = _docker("stats", "--no-stream", "--format", "{{json .}}", *names)
        except subprocess.CalledProcessError:  # one of them is not there yet, or no more
            return
        for line in said.splitlines():
            container = json.loads(line)
            if container["CPUPerc"] == "--":  # it has just ended
                continue
            self._cpu.setdefault(container["Name"], []).append(
                float(container["CPUPerc"].rstrip("%")) / 100
            )

    def _cpu_share(self, name: str) -> float | None:
        seen = self._cpu.get(name)
        return sum(seen) / len(seen) / self.cores if seen else None


def _docker(*arguments: str) -> str:
    return subprocess.run(  # noqa: S603  # our own command
        ["docker", *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout
