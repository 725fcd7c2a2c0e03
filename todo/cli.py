"""The `todo` command. Each subcommand is a module of `todo.commands`, loaded when asked for."""

import difflib
import importlib
import pkgutil
import sys

import click

from . import commands
from .config import ConfigError

__all__ = ["main"]


class LazyGroup(click.Group):
    """A group of the modules of `todo.commands`, loaded one at a time: none imports what another
    needs.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the subcommands."""
        modules = pkgutil.iter_modules(commands.__path__)
        return sorted(module.name for module in modules if not module.name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of this name, or None."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = importlib.import_module(f"{commands.__name__}.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101  # narrows the type, guards nothing
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The subcommand that is meant. For a name that is none, the error says the nearest."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise click.UsageError(error.message + hint, ctx) from None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="taskoverflow")
def todo() -> None:
    """TaskOverflow: a todos API whose every request can be followed.

    Settings come from environment variables; docs/reference/settings.md lists them.
    """


def main() -> None:
    """Runs the command line. A bad setting ends it with exit code 2 and one line that names it."""
    try:
        todo()
    except ConfigError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
