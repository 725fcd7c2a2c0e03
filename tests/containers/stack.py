"""The containers of docker-compose.yml, in a copy of this checkout."""

import json
import os
import socket
import subprocess
import time
from pathlib import Path

import requests

CHECKOUT = Path(__file__).parents[2]


class Stack:
    """One Compose project, on a port of its own."""

    def __init__(self, compose: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.project = f"todotest{os.urandom(4).hex()}"
        self.archive = folder / "var" / "logs"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._compose = compose
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "COMPOSE": " ".join(compose),
            "COMPOSE_PROJECT_NAME": self.project,
            "TODO_PORT": str(self.port),
            **environment,
        }

    def up(self) -> subprocess.CompletedProcess:
        """What `make up` does."""
        return self._run(["sh", "containers/up"])

    def compose(self, *arguments: str) -> str:
        done = self._run([*self._compose, *arguments])
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def remove(self) -> None:
        self._run(
            [*self._compose, "--profile", "aws-local", "down", "--volumes", "--timeout", "10"]
        )

    def container(self, service: str) -> str:
        return self.compose("ps", "--all", "--quiet", service).strip()

    def inspect(self, service: str) -> dict:
        return json.loads(docker("inspect", self.container(service)))[0]

    def lines_of(self, service: str) -> list[str]:
        """What a container has said so far; the events that the shipper echoes left out."""
        done = subprocess.run(
            ["docker", "logs", self.container(service)], capture_output=True, text=True, check=True
        )
        return [
            line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("{")
        ]

    def get(self, path: str, **kwargs) -> requests.Response:
        return requests.get(self.url + path, timeout=10, **kwargs)

    def is_up(self) -> bool:
        try:
            return self.get("/api/v1/health").ok
        except requests.RequestException:
            return False

    def archived(self) -> list[dict]:
        """Every event in the archive on this host."""
        return [
            json.loads(line)
            for path in sorted(self.archive.rglob("*.ndjson"))
            for line in path.read_text().splitlines()
        ]

    def behind_events(self) -> int:
        """How many events wait in the spool, whether a shipper runs or not."""
        spool = f"{self.project}_spool:/var/spool/taskoverflow"
        command = ["docker", "run", "--rm", "--volume", spool, "taskoverflow", "ship", "--status"]
        return json.loads(
            subprocess.run(command, capture_output=True, text=True, check=False).stdout
        )["behind_events"]

    def _run(self, command: list[str]) -> subprocess.CompletedProcess:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, within_s: float):
    """The condition's value as soon as it is true; fails when it does not become so in time."""
    give_up = time.monotonic() + within_s
    while not (value := condition()):
        assert time.monotonic() < give_up, f"not within {within_s} s"
        time.sleep(0.1)
    return value
