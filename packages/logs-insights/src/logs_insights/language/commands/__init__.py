"""The commands of the language: a family in each module, and `COMMANDS` with all of them."""

from . import columns, parse, patterns, rows, series, sources, stats, tables
from .syntax import CommandSyntax

__all__ = ["COMMANDS", "NAMES"]

COMMANDS: tuple[CommandSyntax, ...] = (
    *columns.COMMANDS,
    *rows.COMMANDS,
    *stats.COMMANDS,
    *parse.COMMANDS,
    *series.COMMANDS,
    *patterns.COMMANDS,
    *tables.COMMANDS,
    *sources.COMMANDS,
)
NAMES = {name.lower(): command for command in COMMANDS for name in command.names}
