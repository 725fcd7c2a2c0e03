"""The queries that come with the package: `queries/NAME.insights`, whose first line is the question
they answer.
"""

from dataclasses import dataclass
from importlib.resources import files

__all__ = ["NamedQuery", "named_queries", "named_query", "with_filter"]


@dataclass(frozen=True)
class NamedQuery:
    """A query with the question that it answers."""

    name: str
    question: str
    text: str


def named_queries() -> list[NamedQuery]:
    """All of them, by name."""
    folder = files(__package__).joinpath("queries")
    paths = (path for path in folder.iterdir() if path.name.endswith(".insights"))
    return sorted(
        (
            _read(path.name.removesuffix(".insights"), path.read_text(encoding="utf-8"))
            for path in paths
        ),
        key=lambda query: query.name,
    )


def named_query(name: str) -> NamedQuery:
    """The query of this name. Raises KeyError when there is none."""
    return {query.name: query for query in named_queries()}[name]


def with_filter(text: str, condition: str) -> str:
    """The query over only those events for which the condition holds."""
    lines = text.splitlines()
    while lines and (not lines[0].strip() or lines[0].lstrip().startswith("#")):
        lines.pop(0)
    return "\n".join([f"filter {condition}", "| " + "\n".join(lines)])


def _read(name: str, text: str) -> NamedQuery:
    return NamedQuery(name, text.splitlines()[0].removeprefix("#").strip(), text)
