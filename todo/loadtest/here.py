"""k6 on this machine."""

import os
from pathlib import Path

from .k6 import EXPORTED, find_k6, instrumented, k6_version, run_together, settings_of
from .machine import machine_facts
from .run import Ended, LoadMachine, thresholds_of

__all__ = ["Here"]


class Here:
    """The k6 that is installed here. Raises LoadError when there is none."""

    def __init__(self) -> None:
        """Finds it."""
        self._binary = find_k6()

    def version(self) -> str:
        """The version, such as 1.3.0."""
        return k6_version(self._binary)

    def facts(self) -> dict[str, str]:
        """What kind of machine this is, by name."""
        return machine_facts()

    def run(self, script: Path, folder: Path, variables: dict[str, str]) -> Ended:
        """How k6 ended; its samples, summary and dashboard are in the folder. `variables` become
        the script's `__ENV`, with ENDPOINT and RUN_ID among them.
        """
        kept, script = folder.resolve(), script.resolve()
        command = [str(self._binary), "run", "--out", f"csv={kept / 'samples.csv'}"]
        command += ["--summary-export", str(kept / EXPORTED)]
        for name, value in {**variables, "OUTPUT_FOLDER": str(kept)}.items():
            command += ["--env", f"{name}={value}"]
        environment = os.environ | settings_of(kept)
        before = os.times()
        # From where the script is it opens its files.
        codes, interrupted = run_together(
            [[*command, "-"]], instrumented(script), script.parent, environment
        )
        share = _cpu_share(before, os.times())
        machine = LoadMachine(name="here", host="here", exit_code=codes[0], cpu_share=share)
        return Ended(codes[0], interrupted, thresholds_of(folder), [machine])


def _cpu_share(before: os.times_result, after: os.times_result) -> float | None:
    """What the processes that were waited for used of all cores; None where the system does not
    count it.
    """
    used_s = sum(after[2:4]) - sum(before[2:4])
    elapsed_s = after.elapsed - before.elapsed
    return used_s / elapsed_s / (os.cpu_count() or 1) if used_s and elapsed_s else None
