"""k6 in containers of this machine's engine, each of which has a share of the load."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from .errors import LoadError
from .k6 import EXPORTED, INSTRUMENT, instrumented, run_together, settings_of
from .run import Ended, LoadMachine, Threshold, thresholds_of
from .samples_of_machines import merge

__all__ = ["K6_IMAGE", "Containers", "segments"]

K6_IMAGE = "grafana/k6:1.1.0"
_JUDGED = (0, 99)  # k6's exit codes that say only whether its own promises were kept
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def segments(machines: int) -> tuple[list[str], str]:
    """Each machine's share of the load, such as `1/3:2/3`, and the sequence of all, by which k6
    deals out users and iterations so that each is run once.
    """
    limits = ["0", *(f"{number}/{machines}" for number in range(1, machines)), "1"]
    return [f"{low}:{high}" for low, high in pairwise(limits)], ",".join(limits)


class Containers:
    """k6 in containers of an image, whose entry point it is.

    Raises LoadError where no engine answers.
    """

    def __init__(self, image: str, machines: int) -> None:
        """`machines` of them share the load."""
        self.image, self.machines = image, machines
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

    def run(self, script: Path, folder: Path, variables: dict[str, str]) -> Ended:
        """How they ended. The samples of all are in the folder as those of one run, on which the
        script's promises are judged; the other files of machine 2 are in its machine-2.
        """
        folders = [folder / f"machine-{number}" for number in range(1, self.machines + 1)]
        names = [f"{folder.name}-{own.name}" for own in folders]
        shares, sequence = segments(self.machines)
        commands = []
        for number, (name, own, share) in enumerate(zip(names, folders, shares, strict=True), 1):
            own.mkdir()
            told = variables | {"MACHINE": str(number), "OUTPUT_FOLDER": "/out"}
            container = self._container(name, own, script, variables["ENDPOINT"])
            commands.append([*container, *_k6(number, share, sequence, told)])
        whole = instrumented(Path("/k6") / script.name, Path("/todo/instrument.js"))
        try:
            with self._watched(names):
                codes, interrupted = run_together(commands, whole, folder, os.environ)
        finally:  # of a client that was killed the container is left
            subprocess.run(["docker", "rm", "--force", *names], capture_output=True)  # noqa: S603, S607
        thresholds = _whole(folder, folders)
        broken = 99 if any(not each.ok for each in thresholds) else 0
        worst = max((code for code in codes if code not in _JUDGED), default=broken)
        machines = [
            LoadMachine(name=own.name, host="docker", exit_code=code, cpu_share=self._share(name))
            for own, name, code in zip(folders, names, codes, strict=True)
        ]
        return Ended(worst, interrupted, thresholds, machines)

    def _container(self, name: str, own: Path, script: Path, endpoint: str) -> list[str]:
        """The start of a command. The key goes by its name, so that no command line shows it."""
        command = ["docker", "run", "--rm", "--interactive", "--name", name]
        command += ["--user", f"{os.getuid()}:{os.getgid()}"]
        if urlsplit(endpoint).hostname in _LOOPBACK:
            command += ["--network", "host"]
        for setting, value in settings_of(Path("/out")).items():
            command += ["--env", f"{setting}={value}"]
        command += ["--env", "TODO_API_KEY"] if "TODO_API_KEY" in os.environ else []
        command += ["--volume", f"{script.parent.resolve()}:/k6:ro", "--workdir", "/k6"]
        command += ["--volume", f"{INSTRUMENT}:/todo/instrument.js:ro"]
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

    def _share(self, name: str) -> float | None:
        seen = self._cpu.get(name)
        return sum(seen) / len(seen) / self.cores if seen else None


def _whole(folder: Path, folders: list[Path]) -> list[Threshold]:
    """Puts the machines' samples together, and judges on all of them what a machine judged on its
    own.
    """
    from .promises import judged  # needs duckdb, of the extra `insights`

    merge([each / "samples.csv" for each in folders], folder / "samples.csv")
    promises = next(filter(None, map(thresholds_of, folders)), [])
    return judged(promises, folder / "samples.csv") if promises else []


def _k6(number: int, share: str, sequence: str, variables: dict[str, str]) -> list[str]:
    """k6's arguments on the machine of that number."""
    command = ["run", "--execution-segment", share, "--execution-segment-sequence", sequence]
    command += ["--tag", f"machine={number}", "--out", "csv=/out/samples.csv"]
    command += ["--summary-export", f"/out/{EXPORTED}"]
    command += ["--address", "127.0.0.1:0"]  # of its REST API: containers may share a network
    for name, value in variables.items():
        command += ["--env", f"{name}={value}"]
    return [*command, "-"]


def _docker(*arguments: str) -> str:
    return subprocess.run(  # noqa: S603  # our own command
        ["docker", *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout
