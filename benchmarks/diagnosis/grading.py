"""Whether a verdict names the planted bottleneck."""

from dataclasses import dataclass
from typing import Any, ClassVar

__all__ = ["Grade", "wrong_in"]


@dataclass(frozen=True)
class Grade:
    """How a verdict on a planted bottleneck did, as a row of a table."""

    HEADER: ClassVar = f"{'planted':<17} {'beside':<10} {'':<5}  {'saturated':<9}  first named"

    name: str
    second: str | None
    wrong: list[str]
    is_control: bool
    saturated: bool
    named: str

    @classmethod
    def of(cls, name: str, second: str | None, verdict: dict[str, Any], expected: Any) -> "Grade":
        """The grade of this verdict."""
        first = next(map(_name, verdict["culprits"]), "nobody")
        wrong = wrong_in(verdict, expected)
        return cls(name, second, wrong, not expected.layers, verdict["saturated"], first)

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.wrong

    def __str__(self) -> str:
        """The row."""
        right, saturated = "ok" if self.is_right else "WRONG", "yes" if self.saturated else "no"
        named = self.named if self.is_right else f"{self.named}: {'; '.join(self.wrong)}"
        return f"{self.name:<17} {self.second or '':<10} {right:<5}  {saturated:<9}  {named}"


def wrong_in(verdict: dict[str, Any], expected: Any) -> list[str]:
    """What is wrong with the first culprit, in words; nothing when it is the one that was planted.
    Where nothing was planted, any culprit is wrong.
    """
    culprits = verdict["culprits"]
    if not expected.layers:
        return [f"named {_name(each)} though nothing is wrong" for each in culprits[:1]]
    if not culprits:
        return ["named nobody"]
    first = culprits[0]
    problems = []
    if first["layer"] not in expected.layers:
        problems.append(f"layer {first['layer']}, not {' or '.join(expected.layers)}")
    for key, wanted in (
        ("route", expected.route),
        ("statement", expected.statement),
        ("location", expected.function),
        ("field", expected.field),
    ):
        if wanted and wanted not in (first[key] or ""):
            problems.append(f"{key} {first[key]!r}, not {wanted!r}")
    return problems


def _name(culprit: dict[str, Any]) -> str:
    return f"{culprit['layer']} in {culprit['route']}, {culprit['location']}"
