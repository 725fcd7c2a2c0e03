"""Whether a verdict names the planted bottleneck."""

from typing import Any

__all__ = ["wrong_in"]


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
    return f"{culprit['layer']} in {culprit['route']}"
