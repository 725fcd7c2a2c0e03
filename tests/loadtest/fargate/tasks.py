"""What moto's ECS lacks: tasks that run. Each task is `machine.py` as a process of its own, with
the task definition's variables, the overrides of RunTask, and moto as its AWS.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from moto.core.exceptions import JsonRESTError
from moto.ecs.models import EC2ContainerServiceBackend, Task

STACK = "load"
MACHINE = Path(__file__).parents[3] / "containers" / "load" / "machine.py"
QUOTA = "You've reached the limit on the number of vCPUs you can run concurrently"
_REAL = {name: getattr(EC2ContainerServiceBackend, name) for name in ("run_task", "describe_tasks")}


@dataclass
class Machine:
    """A task, and the process that stands for its container."""

    task: Task
    arguments: list[str]
    variables: dict[str, str]
    thread: threading.Thread | None = None
    process: subprocess.Popen | None = None

    @property
    def name(self) -> str:
        return self.variables["MACHINE_NAME"]

    @property
    def folder(self) -> Path:
        return Path(self.variables["FOLDER"])

    def has_sent(self) -> bool:
        """Whether k6 has written down a request."""
        samples = self.folder / "out" / "samples.csv"
        return samples.exists() and "http_reqs" in samples.read_text()

    def stopped(self, code: int | None, reason: str) -> None:
        self.task.containers[0].exitCode = code
        self.task.stopped_reason = self.task.stopped_reason or reason
        self.task.last_status = "STOPPED"


@dataclass
class Fargate:
    """The tasks, and what a test wants to go wrong: `quota`, the most tasks; `broken`, machines
    whose image cannot be pulled; `held`, an event each for which machines wait; `hidden`, machines
    that DescribeTasks does not know.
    """

    folder: Path
    logs: object
    log_group: str
    quota: int = 100
    broken: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    held: dict[str, threading.Event] = field(default_factory=dict)
    machines: dict[str, Machine] = field(default_factory=dict)

    def installed(self, monkeypatch) -> "Fargate":
        """Takes the place of what moto does."""
        backend = EC2ContainerServiceBackend
        monkeypatch.setattr(Task, "advance", lambda task: None)
        # It wants each container to have memory of its own; Fargate does not.
        monkeypatch.setattr(backend, "_calculate_task_resource_requirements", lambda *_: {})
        monkeypatch.setattr(backend, "run_task", lambda *given: self._run_task(*given))
        monkeypatch.setattr(backend, "describe_tasks", lambda *given: self._describe(*given))
        monkeypatch.setattr(backend, "stop_task", lambda *given: self._stop_task(*given))
        return self

    def end(self) -> None:
        """Ends what is left, and waits until it has."""
        for machine in self.machines.values():
            machine.task.desired_status = "STOPPED"
        for event in self.held.values():
            event.set()
        for machine in self.machines.values():
            if machine.process and machine.process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(machine.process.pid, signal.SIGKILL)
            machine.thread.join()

    def _run_task(self, backend, cluster, definition, count, overrides, *rest):
        if len(self.machines) == self.quota:
            raise JsonRESTError("ClientException", QUOTA)
        (task,) = _REAL["run_task"](backend, cluster, definition, count, overrides, *rest)
        (container,) = backend.describe_task_definition(definition).container_definitions
        (told,) = overrides["containerOverrides"]
        assert told["name"] == container["name"]
        pairs = [*container["environment"], *told["environment"]]
        variables = {each["name"]: each["value"] for each in pairs}
        variables["FOLDER"] = str(self.folder / task.id)
        Path(variables["FOLDER"]).mkdir(parents=True)
        machine = Machine(task, told["command"], variables)
        self.machines[machine.name] = machine
        task.last_status, task.containers[0].exitCode = "PROVISIONING", None
        machine.thread = threading.Thread(target=self._run, args=(machine,), daemon=True)
        machine.thread.start()
        return [task]

    def _run(self, machine: Machine) -> None:
        if machine.name in self.held:
            self.held[machine.name].wait()
        if machine.task.desired_status == "STOPPED":
            return
        if machine.name in self.broken:
            machine.stopped(None, "CannotPullContainerError: pull access denied")
            return
        machine.task.last_status = "RUNNING"
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        output = machine.folder / "output"
        with output.open("wb") as file:
            machine.process = subprocess.Popen(
                [sys.executable, str(MACHINE), *machine.arguments],
                env=os.environ | machine.variables | {"PATH": path},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if machine.task.desired_status == "STOPPED":  # meanwhile
            machine.process.terminate()
        code = machine.process.wait()
        with suppress(ProcessLookupError):  # a container's processes end with its first
            os.killpg(machine.process.pid, signal.SIGKILL)
        self._log(machine, output.read_text())
        machine.stopped(128 - code if code < 0 else code, "Essential container in task exited")

    def _log(self, machine: Machine, said: str) -> None:
        where = {"logGroupName": self.log_group, "logStreamName": f"load/k6/{machine.task.id}"}
        self.logs.create_log_stream(**where)
        lines = [line for line in said.splitlines() if line.strip()]
        now_ms = int(time.time() * 1000)
        events = [{"timestamp": now_ms, "message": line} for line in lines[-20:]]
        if events:
            self.logs.put_log_events(**where, logEvents=events)

    def _describe(self, backend, cluster, arns):
        found = _REAL["describe_tasks"](backend, cluster, arns)
        hidden = [self.machines[name].task for name in self.hidden & set(self.machines)]
        return [task for task in found if task not in hidden]

    def _stop_task(self, backend, cluster, arn, reason):
        (machine,) = [each for each in self.machines.values() if each.task.task_arn == arn]
        machine.task.desired_status, machine.task.stopped_reason = "STOPPED", reason
        if machine.process:
            machine.process.terminate()
        else:
            machine.stopped(None, reason)
        return machine.task
