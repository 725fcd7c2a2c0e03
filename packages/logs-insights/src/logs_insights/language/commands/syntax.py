"""What the table of commands knows of each: how it is called, written and read."""

from collections.abc import Callable
from dataclasses import dataclass

from .. import syntax
from ..expressions import Expressions

Read = Callable[[Expressions, int], syntax.Command]


@dataclass(frozen=True)
class CommandSyntax:
    """A command: its names (the first is the one of the documentation), how it is written, and the
    function that reads what stands behind the name (it gets the position of the name, too).
    """

    names: tuple[str, ...]
    usage: str
    read: Read
