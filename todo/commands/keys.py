"""`todo keys`: keys for the API."""

import click

from ..api.keys import new_key

__all__ = ["command"]


@click.group("keys")
def command() -> None:
    """Make keys for the API."""


@command.command()
@click.argument("name", default="default")
@click.option("--read-only", is_flag=True, help="A key that may read, but change nothing.")
def new(name: str, read_only: bool) -> None:
    """Make a key called NAME.

    Prints the key, which is kept nowhere, and its entry for TODO_API_KEYS: a list of entries with
    commas between them, or a file with one a line. The name is what the log shows.
    """
    key, known = new_key(name, is_read_only=read_only)
    if not known.is_valid():
        raise click.BadParameter("a name is 1 to 64 letters, digits, '.', '_' or '-'")
    click.echo(f"key:   {key}\nentry: {known.entry()}")
