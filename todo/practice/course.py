"""The course as a whole: its steps in their order, and how far a learner is."""

import re
import shutil
from pathlib import Path

from .exercise import Exercise
from .lines import Correlated, Structured, Unstructured
from .loaded import Loaded
from .step import NotYet, Step

__all__ = ["EXERCISES", "Course", "NotYet"]

EXERCISES = Path(__file__).with_name("exercises")
_DONE, _CURRENT = "done", "current"


class Course:
    """The steps, with the learner's files in a folder."""

    def __init__(self, folder: Path, exercises: Path = EXERCISES) -> None:
        """Each file in the folder `exercises` is one; they come in the order of their names."""
        self._folder = folder
        files = sorted(path for path in exercises.glob("*.py") if path.name[0] != "_")
        lines = folder / "lines"
        self.steps: list[Step] = [
            Unstructured("unstructured", "lines as libraries write them", lines),
            Structured("structured", "lines with fields", lines),
            Correlated("correlated", "one request among many", lines),
            Loaded("loaded", "planners and studiers", folder / "loaded"),
            *(Exercise(_name(file), _title(file), folder / _name(file), file) for file in files),
        ]

    def current(self) -> Step | None:
        """The step that was chosen, else the first that is not done; None at the end."""
        chosen = self._read(_CURRENT)
        left = [step for step in self.steps if not self.is_done(step)]
        return next((step for step in self.steps if step.name in chosen), next(iter(left), None))

    def is_done(self, step: Step) -> bool:
        """Whether the learner has it behind them."""
        return step.name in self._read(_DONE)

    def go_to(self, name: str) -> None:
        """Chooses a step. Raises NotYet when there is none of that name."""
        if name not in [step.name for step in self.steps]:
            raise NotYet(f"There is no step {name}; `todo practice list` says which there are.")
        self._write(_CURRENT, [name])

    def story(self, step: Step) -> str:
        """What to do in the step, whose files are made."""
        step.folder.mkdir(parents=True, exist_ok=True)
        return step.story()

    def check(self, step: Step, answer: str | None) -> str:
        """What was learned; the step is done then. Raises NotYet."""
        self.story(step)
        learned = step.check(answer)
        self._write(_DONE, [*self._read(_DONE), step.name])
        self._write(_CURRENT, [])
        return learned

    def reset(self) -> None:
        """Forgets everything, the learner's files too."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self, name: str) -> list[str]:
        path = self._folder / name
        return path.read_text(encoding="utf-8").split() if path.exists() else []

    def _write(self, name: str, steps: list[str]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_text("\n".join(steps), encoding="utf-8")


def _name(file: Path) -> str:
    """Without what says its place in the order."""
    return re.sub(r"^exercise_\d+_", "", file.stem)


def _title(file: Path) -> str:
    """The first line of its docstring."""
    return file.read_text(encoding="utf-8").split('"""')[1].strip().splitlines()[0]
