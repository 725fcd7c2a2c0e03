"""What every step of the course is."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

__all__ = ["NotYet", "Step"]


class NotYet(Exception):
    """The step is not done; the text says what is missing."""


@dataclass(frozen=True)
class Step(ABC):
    """One step. What it makes is kept in a folder of its own."""

    name: str
    title: str
    folder: Path

    @abstractmethod
    def story(self) -> str:
        """What to do, once the step's files are made."""

    @abstractmethod
    def check(self, answer: str | None) -> str:
        """What was learned. Raises NotYet."""

    @abstractmethod
    def solution(self) -> str | None:
        """Does what a learner would do by hand, and says the answer for `check`."""

    def run(self) -> None:
        """Serves and loads, where the step is about that. Raises NotYet."""
        raise NotYet("There is nothing to run in this step: answer it.")


def same(answer: str | None, right: str) -> None:
    """Raises NotYet unless the answer is the right one."""
    if answer is None:
        raise NotYet("Give your answer: todo practice check ANSWER")
    if answer.strip().lower() != right.lower():
        raise NotYet(f"{answer} is not what the check found. Look again.")
