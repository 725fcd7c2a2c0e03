"""The tables in docs/ that come from the code: `python -m docs.tables` writes them again.

A table stands between `<!-- table NAME -->` and `<!-- /table -->`; NAME is a key of `TABLES`.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import click

from cloudwatch_spool.command import main as spool_command
from logs_insights.command import command as query_command
from todo.cli import todo
from todo.config import Settings, variable_names
from todo.log_fields import markdown_table
from todo.views.catalog import named_queries

__all__ = ["TABLES", "pages", "rendered"]

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"(<!-- table (\S+) -->\n).*?(<!-- /table -->)", re.DOTALL)
HELP_WIDTH = 80


def settings() -> str:
    """Each environment variable, from `todo.config`."""
    rows = [
        (f"`{variable}`", _default(name), str(Settings.model_fields[name].description))
        for variable, name in variable_names().items()
    ]
    return _table(("variable", "default", "meaning"), rows)


def queries() -> str:
    """The queries of `todo/views/queries`, each with its question."""
    rows = [(f"`{query.name}`", query.question) for query in named_queries()]
    return _table(("query", "the question it answers"), rows)


def cost() -> str:
    """What the deployment costs under load, from `terraform/cost.py`."""
    return subprocess.check_output([sys.executable, "terraform/cost.py"], cwd=ROOT, text=True)


def log_fields() -> str:
    """The fields of every line, from `todo.log_fields`."""
    return markdown_table()


def commands() -> str:
    """The help of each `todo` command."""
    return _help_of(todo, "todo")


def library_commands() -> str:
    """The help of the packages' commands."""
    return (
        _help_of(spool_command, "cloudwatch-spool")
        + "\n"
        + _help_of(query_command, "logs-insights")
    )


def targets() -> str:
    """What `make help` says."""
    make = shutil.which("make") or "make"
    shown = subprocess.check_output([make, "--no-print-directory", "help"], cwd=ROOT, text=True)
    return f"```text\n{shown}```\n"


TABLES: dict[str, Callable[[], str]] = {
    "commands": commands,
    "cost": cost,
    "fields": log_fields,
    "library-commands": library_commands,
    "queries": queries,
    "settings": settings,
    "targets": targets,
}


def pages() -> list[Path]:
    """Every page of the documentation."""
    return sorted((ROOT / "docs").rglob("*.md"))


def rendered(text: str) -> str:
    """The page with each of its tables as the code has it. Raises KeyError for an unknown name."""
    return BLOCK.sub(lambda match: match[1] + TABLES[match[2]]() + match[3], text)


def _help_of(command: click.Command, name: str) -> str:
    settings = {"terminal_width": HELP_WIDTH} | command.context_settings
    context = click.Context(command, info_name=name, **settings)
    return "\n".join(_help(command, context))


def _help(command: click.Command, context: click.Context) -> Iterable[str]:
    yield f"## `{context.command_path}`\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            part = command.get_command(context, name)
            assert part is not None  # noqa: S101  # the group has just listed it
            width = {"terminal_width": HELP_WIDTH}
            yield from _help(part, click.Context(part, info_name=name, parent=context, **width))


def _default(name: str) -> str:
    default = Settings.model_fields[name].default
    if name == "workers":
        return "one a CPU"
    if default is None:
        return ""
    return f"`{','.join(sorted(default))}`" if isinstance(default, frozenset) else f"`{default}`"


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def main() -> None:
    """Writes the tables into the pages, and names the pages that changed."""
    for page in pages():
        before = page.read_text(encoding="utf-8")
        after = rendered(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
            click.echo(page.relative_to(ROOT))


if __name__ == "__main__":
    main()
