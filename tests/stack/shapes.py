"""The shapes of states.tftest.hcl, read from Terraform as it makes them."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "states.tftest.hcl"
REGIONS = [("default", "us-east-1"), ("narrow", "eu-central-1")]
RUNS = re.findall(r'^run "(\w+)"', FILE.read_text(), re.M)


@dataclass(frozen=True)
class Stack:
    """The resources of one shape of the stack, by address, each with its values."""

    resources: dict[str, dict]
    outputs: dict[str, object]
    waits: dict[str, set[str]]
    """What each resource waits for, also through others; both without an index."""

    def __getitem__(self, address: str) -> dict:
        return self.resources[address]

    def all(self, kind: str) -> dict[str, dict]:
        """Those of a type, by the rest of their address."""
        start = f"{kind}."
        return {a.removeprefix(start): v for a, v in self.resources.items() if a.startswith(start)}

    def containers(self, definition: str = "app") -> dict[str, dict]:
        """The containers of a task definition, by name, their variables as `variables`."""
        text = self[f"aws_ecs_task_definition.{definition}"]["container_definitions"]
        return {
            each["name"]: each
            | {"variables": {pair["name"]: pair["value"] for pair in each["environment"]}}
            for each in json.loads(text)
        }


class Stacks(Mapping):
    """The shapes by name, each made by Terraform when it is asked for; `plan` has what a run that
    only plans would do.
    """

    def __init__(self, process: subprocess.Popen) -> None:
        self._process = process
        self._found: dict[str, Stack] = {}
        self._plans: dict[str, dict[str, dict]] = {}
        self._errors: list[str] = []

    def __getitem__(self, name: str) -> Stack:
        self._read_until(self._found, name)
        return self._found[name]

    def plan(self, name: str) -> dict[str, dict]:
        """What the run would change, by address: the `actions`, and what is there `after` them."""
        self._read_until(self._plans, name)
        return self._plans[name]

    def __iter__(self) -> Iterator[str]:
        return iter(RUNS)

    def __len__(self) -> int:
        return len(RUNS)

    def _read_until(self, found: dict, name: str) -> None:
        while name not in found:
            self._process.send_signal(signal.SIGCONT)
            line = self._process.stdout.readline()
            assert line, self._errors or f"Terraform ended before {name!r}"
            self._read(json.loads(line))
            if name in found:
                self._process.send_signal(signal.SIGSTOP)  # most faults are seen in the first one

    def _read(self, message: dict) -> None:
        run = message.get("@testrun")
        if message["@level"] == "error":
            self._errors.append(message["@message"])
        elif message["type"] == "test_state":
            self._found[run] = _stack(message["test_state"])
        elif message["type"] == "test_plan":
            changes = message["test_plan"]["resource_changes"]
            self._plans[run] = {each["address"]: each["change"] for each in changes}


def _stack(state: dict) -> Stack:
    resources = state["root_module"].get("resources", ())
    return Stack(
        {each["address"]: each["values"] for each in resources},
        {name: output.get("value") for name, output in state["outputs"].items()},
        {each["address"].partition("[")[0]: set(each.get("depends_on", ())) for each in resources},
    )
