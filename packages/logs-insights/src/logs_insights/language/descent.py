"""From the parts of a query down into the parts inside them."""

from collections.abc import Iterator

from .syntax import (
    Binary,
    Call,
    Command,
    Display,
    Expression,
    Fields,
    Filter,
    In,
    Like,
    Minus,
    Not,
    Parse,
    Regex,
    Sort,
    Stats,
)


def children(part: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside one."""
    match part:
        case Call(_, arguments):
            return arguments
        case Minus(operand) | Not(operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Like(subject):
            return (subject,)
        case In(subject, options):
            return (subject, *options)
    return ()


def regexes(commands: tuple[Command, ...]) -> Iterator[Regex]:
    """Every regex in the commands."""
    for command in commands:
        if isinstance(command, Parse) and isinstance(command.pattern, Regex):
            yield command.pattern
        for part in _expressions(command):
            yield from _regexes_in(part)


def _expressions(command: Command) -> tuple[Expression, ...]:
    match command:
        case Filter(condition):
            return (condition,)
        case Fields(items) | Display(items):
            return tuple(item.expression for item in items)
        case Stats(aggregates, groups):
            return tuple(item.expression for item in (*aggregates, *groups))
        case Sort(keys):
            return tuple(key.expression for key in keys)
    return ()


def _regexes_in(part: Expression) -> Iterator[Regex]:
    if isinstance(part, Like) and isinstance(part.pattern, Regex):
        yield part.pattern
    for child in children(part):
        yield from _regexes_in(child)
