"""A reader's terminal: a shell in a new folder, and a server to talk to."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import requests

from ..conftest import free_port, wait_until
from .reading import ROOT, Block, Command, commands

WAIT_S = 90


class Terminal:
    """Types the commands of one page, one after the other; port 6400 stands for the server's."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.background: list[subprocess.Popen] = []
        state = {
            "TODO_STATE_DIR": folder / "var",
            "TODO_SPOOL_DIR": folder / "var/spool",
            "TODO_ARCHIVE_DIR": folder / "var/logs",
        }
        made = make_here(folder / "bin")
        self.environment = os.environ | {
            **{name: str(path) for name, path in state.items()},
            "PATH": os.pathsep.join(
                [str(made), str(Path(sys.executable).parent), os.environ["PATH"]]
            ),
            "PORT": str(port),
            "TODO_PORT": str(port),
            "TODO_WORKERS": "2",
            "COLUMNS": "120",
        }
        for path in ROOT.iterdir():
            if path.name not in ("var", ".git", "bin"):
                (folder / path.name).symlink_to(path)

    def run(self, command: Command) -> str:
        """What a reader sees of the command, on the port that the pages have."""
        text = command.text.replace("6400", str(self.port))
        ran = subprocess.run(
            ["bash", "-o", "pipefail", "-c", text],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        assert ran.stdout or ran.returncode == 0, f"{command.text} ended with {ran.returncode}"
        return ran.stdout.replace("\r", "").replace(str(self.port), "6400").rstrip("\n")

    def start(self, block: Block) -> None:
        """Runs the block's command until the page is over; returns once the API answers."""
        (command,) = commands(block)
        with (self.folder / "background").open("wb") as output:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command.text}"],
                cwd=self.folder,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.background.append(process)
        wait_until(lambda: self.answers() or process.poll() is not None, WAIT_S)
        assert self.answers(), (self.folder / "background").read_text()

    def answers(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/api/v1/health", timeout=30).ok
        except requests.RequestException:
            return False

    def close(self) -> None:
        """Ends what it started, as Ctrl-C does."""
        for process in self.background:
            os.killpg(process.pid, signal.SIGINT)
        for process in self.background:
            process.wait(WAIT_S)


def make_here(folder: Path) -> Path:
    """A folder with a `make` that works in the repository, and installs nothing under a test."""
    folder.mkdir()
    program = folder / "make"
    program.write_text(
        f'#!/bin/sh\nexec {shutil.which("make")} -C "{ROOT}" --old-file=.venv/.installed "$@"\n'
    )
    program.chmod(0o755)
    return folder


@pytest.fixture
def terminal():
    with tempfile.TemporaryDirectory(prefix="todo-docs-") as folder:
        terminal = Terminal(Path(folder), free_port())
        try:
            yield terminal
        finally:
            terminal.close()
