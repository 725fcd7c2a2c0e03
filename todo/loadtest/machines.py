"""Several machines that share one load test: what each has to run, and how it becomes one run.

On each of them k6 works in a folder with the script's files; beside it are INSTRUMENT_BESIDE and
OUT_BESIDE, the folder for what k6 writes.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from .k6 import EXPORTED, instrumented, settings_of
from .machine import machine_facts
from .run import Ended, LoadMachine, Threshold, thresholds_of
from .samples_of_machines import merge

__all__ = [
    "INSTRUMENT_BESIDE",
    "JUDGED",
    "LOOPBACK",
    "OUT_BESIDE",
    "SCRIPTS",
    "SHARED_SETTINGS",
    "Machines",
    "Share",
    "segments",
]

SCRIPTS = "k6"
"""The name of the folder in which k6 works."""

OUT_BESIDE = Path("../out")
INSTRUMENT_BESIDE = Path("../instrument.js")
SHARED_SETTINGS = settings_of(OUT_BESIDE)
"""k6's own settings on each machine."""

JUDGED = (0, 99)
"""k6's exit codes that say only whether its own promises were kept."""

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Share:
    """What one machine has to run: its name, such as machine-2, k6's arguments, which take the
    script as their input, and the folder here into which its files come.
    """

    name: str
    arguments: list[str]
    folder: Path


class Machines(ABC):
    """Machines on which k6 can be run."""

    def __init__(self, machines: int) -> None:
        """`machines` of them share the load."""
        self.machines = machines

    @abstractmethod
    def version(self) -> str:
        """The version of their k6, such as 1.3.0. Raises LoadError when they have none."""

    def facts(self) -> dict[str, str]:
        """What kind of machines they are, by name."""
        return machine_facts()

    @abstractmethod
    def run_shares(
        self, script: Path, text: str, shares: Sequence[Share], endpoint: str
    ) -> tuple[list[LoadMachine], bool]:
        """How each share ended, and whether they were interrupted. `text` is k6's input; what the
        script imports and opens is beside it. Raises LoadError when they cannot begin.
        """

    def run(self, script: Path, folder: Path, variables: dict[str, str]) -> Ended:
        """How they ended. The samples of all are in the folder as those of one run, on which the
        script's promises are judged; the other files of machine 2 are in its machine-2.
        """
        shares = _dealt(self.machines, folder, variables)
        for share in shares:
            share.folder.mkdir()
        text = instrumented(Path("..") / SCRIPTS / script.name, INSTRUMENT_BESIDE)
        machines, interrupted = self.run_shares(script, text, shares, variables["ENDPOINT"])
        thresholds = _whole(folder, [share.folder for share in shares])
        broken = 99 if any(not each.ok for each in thresholds) else 0
        codes = [each.exit_code for each in machines]
        worst = max((code for code in codes if code not in JUDGED), default=broken)
        return Ended(worst, interrupted, thresholds, machines)


def segments(machines: int) -> tuple[list[str], str]:
    """Each machine's share of the load, such as `1/3:2/3`, and the sequence of all, by which k6
    deals out users and iterations so that each is run once.
    """
    limits = ["0", *(f"{number}/{machines}" for number in range(1, machines)), "1"]
    return [f"{low}:{high}" for low, high in pairwise(limits)], ",".join(limits)


def _dealt(machines: int, folder: Path, variables: dict[str, str]) -> list[Share]:
    parts, sequence = segments(machines)
    shares = []
    for number, segment in enumerate(parts, 1):
        arguments = ["run", "--execution-segment", segment]
        arguments += ["--execution-segment-sequence", sequence, "--tag", f"machine={number}"]
        arguments += ["--out", f"csv={OUT_BESIDE / 'samples.csv'}"]
        arguments += ["--summary-export", str(OUT_BESIDE / EXPORTED)]
        arguments += ["--address", "127.0.0.1:0"]  # of its REST API: machines may share a network
        told = variables | {"MACHINE": str(number), "OUTPUT_FOLDER": str(OUT_BESIDE)}
        for name, value in told.items():
            arguments += ["--env", f"{name}={value}"]
        name = f"machine-{number}"
        shares.append(Share(name, [*arguments, "-"], folder / name))
    return shares


def _whole(folder: Path, folders: list[Path]) -> list[Threshold]:
    """Puts the machines' samples together, and judges on all of them what a machine judged on its
    own.
    """
    from .promises import judged  # needs duckdb, of the extra `insights`

    merge([each / "samples.csv" for each in folders], folder / "samples.csv")
    promises = next(filter(None, map(thresholds_of, folders)), [])
    return judged(promises, folder / "samples.csv") if promises else []
