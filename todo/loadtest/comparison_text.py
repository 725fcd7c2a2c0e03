"""A comparison as text: a table for a terminal, Markdown for a pull request, JUnit for CI."""

from xml.etree import ElementTree as xml

from .comparison import Change, Comparison
from .wording import milliseconds

__all__ = ["as_junit", "as_markdown", "as_text"]

_LONGEST = 70


def as_text(comparison: Comparison) -> str:
    """A line for each change, first what got slower."""
    lines = [f"{comparison.before.run_id} -> {comparison.after.run_id}"]
    lines += [f"changed: {name}: {before} -> {after}" for name, before, after in comparison.facts]
    lines += [
        f"{change.word:<16} {_times(change):<28} {_ratio(change):<26} {_name(change)}"
        for change in _ordered(comparison)
    ]
    return "\n".join(lines)


def as_markdown(comparison: Comparison) -> str:
    """Two tables: the changes, and what was otherwise between the runs."""
    lines = [
        f"# {comparison.before.run_id} and {comparison.after.run_id}",
        "",
        "| what | before | after | ratio, 95 % interval | |",
        "|---|---:|---:|---:|---|",
    ]
    for change in _ordered(comparison):
        name = _name(change).replace("|", "\\|")
        before, after = milliseconds(change.before_ms), milliseconds(change.after_ms)
        lines.append(f"| `{name}` | {before} | {after} | {_ratio(change)} | {change.word} |")
    if comparison.facts:
        lines += ["", "| changed | before | after |", "|---|---|---|"]
        lines += [f"| {name} | {before} | {after} |" for name, before, after in comparison.facts]
    return "\n".join(lines)


def as_junit(comparison: Comparison) -> str:
    """A test case for each change; what got slower failed, what cannot be said was skipped."""
    suite = xml.Element(
        "testsuite",
        name=f"{comparison.before.run_id} to {comparison.after.run_id}",
        tests=str(len(comparison.changes)),
        failures=str(len(comparison.slower)),
    )
    for change in _ordered(comparison):
        case = xml.SubElement(suite, "testcase", classname=change.kind, name=_name(change))
        said = f"{_times(change)}, {_ratio(change)}"
        if change.word == "slower":
            xml.SubElement(case, "failure", message=said)
        elif change.word == "too noisy to say":
            xml.SubElement(case, "skipped", message=said)
    return xml.tostring(suite, encoding="unicode", xml_declaration=True)


def _ordered(comparison: Comparison) -> list[Change]:
    order = ["slower", "faster", "too noisy to say", "same"]
    return sorted(comparison.changes, key=lambda change: order.index(change.word))


def _name(change: Change) -> str:
    cut = len(change.name) > _LONGEST
    return change.name[:_LONGEST] + ("…" if cut else "")


def _times(change: Change) -> str:
    return f"{milliseconds(change.before_ms)} -> {milliseconds(change.after_ms)}"


def _ratio(change: Change) -> str:
    if change.ratio is None:
        return "-"
    return f"x {change.ratio:.2f} ({change.low:.2f} to {change.high:.2f})"
