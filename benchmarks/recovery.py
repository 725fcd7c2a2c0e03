"""`kill -9` of each process of `todo serve --ship` in turn, under load: `make bench-recovery`."""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import psutil

from todo.serving.folder_lock import owner_of
from todo.serving.temporary import environment_in, temporary_server

from .harness import free_port, progress
from .recovery_load import Load

GOAL_S = 3.0  # until the service is back, where the parent of what was killed lives
GIVE_UP_S = 60.0


class Family:
    """The processes of the `todo serve` in a folder."""

    def __init__(self, folder: Path) -> None:
        """It is up."""
        owner = owner_of(folder)
        assert owner  # as it is up
        self.serve = psutil.Process(owner.pid)
        self._folder = folder

    def child(self, word: str) -> psutil.Process | None:
        """The child of `todo serve` that has this word in its command."""
        return next((each for each in self.serve.children() if word in _command(each)), None)

    def worker(self, number: int) -> psutil.Process | None:
        """One of gunicorn's two workers, in turn."""
        master = self.child("gunicorn")
        workers = sorted(master.children(), key=lambda each: each.pid) if master else []
        return workers[number % 2] if len(workers) == 2 else None

    def postgres(self) -> psutil.Process | None:
        """The first process of PostgreSQL, which is no child of `todo serve`."""
        try:
            pid = (self._folder / "postgres" / "postmaster.pid").read_text().split()[0]
            return psutil.Process(int(pid))
        except (OSError, IndexError, psutil.NoSuchProcess):
            return None

    def all(self) -> list[psutil.Process]:
        """Every process, `todo serve` itself included."""
        postgres = self.postgres()
        roots = [self.serve, *([postgres] if postgres else [])]
        return roots + [child for root in roots for child in root.children(recursive=True)]


KILLED: dict[str, Callable[[Family, int], psutil.Process | None]] = {
    "gunicorn's master": lambda family, _: family.child("gunicorn"),
    "a worker": Family.worker,
    "the shipper": lambda family, _: family.child("ship"),
    "the console": lambda family, _: family.child("console"),
    "the keeper": lambda family, _: family.child("todo.serving.postgres_keeper"),
    "PostgreSQL": lambda family, _: family.postgres(),
}


def main() -> int:
    """Prints a row for each process; exit code 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="how often each is killed")
    rounds = parser.parse_args().rounds
    print(f"each is killed {rounds} times, beside clients that read and write; 2 workers; seconds,")
    print("median (longest)\n\n| killed | longest without an answer | all is there after |")
    print("|---|---|---|")
    missed = []
    with tempfile.TemporaryDirectory(prefix="todo-bench-") as name:
        folder = Path(name)
        environment = environment_in(folder)
        environment |= {"TODO_WORKERS": "2", "TODO_CONSOLE_PORT": str(free_port())}
        with Load(int(environment["TODO_PORT"])) as load:
            with temporary_server(environment, folder / "log"):
                for killed in KILLED:
                    missed += _kill_each(Family(folder), load, killed, rounds)
            missed += _kill_serve(folder, environment, load, rounds)
        with temporary_server(environment, folder / "log"):
            unstored = load.unstored()
        drain = [sys.executable, "-m", "todo.cli", "ship", "--drain"]
        subprocess.run(drain, env=environment, stdout=subprocess.DEVNULL, check=True)
        unlogged = load.unlogged(folder / "logs")
    others = {each.status for each in load.answers} - {200, 201, 503}
    print(f"\n{len(load.answers)} answers; lines of them that are not in the archive: {unlogged};")
    print(f"todos that were made and are not there: {unstored}")
    missed += ["nothing lost"] if unlogged or unstored else []
    missed += [f"answers with {sorted(others)}"] if others else []
    print(f"goals: all is there within {GOAL_S:g} s, no orphan, nothing lost, no 500")
    print("missed: " + (", ".join(missed) or "none"))
    return int(bool(missed))


def _kill_each(family: Family, load: Load, name: str, rounds: int) -> list[str]:
    silent_s, whole_s = [], []
    for number in range(rounds):
        progress(f"{name}  {number + 1}/{rounds}")
        _wait_until(lambda: _is_whole(family, load))
        process = KILLED[name](family, number)
        assert process  # as all is there
        process.kill()
        killed_s = time.monotonic()
        _wait_until(lambda: not _is_alive(process) and _is_whole(family, load))  # noqa: B023  # called at once
        back_s = time.monotonic()
        whole_s.append(back_s - killed_s)
        _wait_until(lambda: load.answered_s(back_s))  # noqa: B023  # as above
        silent_s.append(max(b - a for a, b in pairwise([killed_s, *load.answered_s(killed_s)])))
    progress("")
    print(f"| {name} | {_cell(silent_s)} | {_cell(whole_s)} |", flush=True)
    return [f"back after {name}"] if max(whole_s) > GOAL_S else []


def _kill_serve(folder: Path, environment: dict[str, str], load: Load, rounds: int) -> list[str]:
    """What it leaves has to end by itself, since its own parent starts nothing again."""
    gone_s, orphans = [], 0
    for number in range(rounds):
        progress(f"todo serve  {number + 1}/{rounds}")
        with temporary_server(environment, folder / "log"):
            family = Family(folder)
            _wait_until(lambda: _is_whole(family, load))  # noqa: B023  # called at once
            left = family.all()
            family.serve.kill()
            killed_s = time.monotonic()
            while any(map(_is_alive, left)) and time.monotonic() - killed_s < GIVE_UP_S:
                time.sleep(0.02)
            gone_s.append(time.monotonic() - killed_s)
            orphans += sum(map(_is_alive, left))
    progress("")
    print(f"| `todo serve` | | all has ended after {_cell(gone_s)} |", flush=True)
    return [f"{orphans} orphans"] if orphans else []


def _is_whole(family: Family, load: Load) -> bool:
    try:
        found = [process(family, 0) for process in KILLED.values()]
    except psutil.NoSuchProcess:  # it ends just now
        return False
    return all(each and _is_alive(each) for each in found) and load.is_ready()


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _command(process: psutil.Process) -> Sequence[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has just ended
        return []


def _wait_until(condition: Callable[[], object]) -> None:
    give_up_s = time.monotonic() + GIVE_UP_S
    while not condition():
        if time.monotonic() > give_up_s:
            sys.exit(f"it is not back within {GIVE_UP_S:g} s")
        time.sleep(0.02)


def _cell(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.1f} ({max(seconds):.1f})"


if __name__ == "__main__":
    sys.exit(main())
