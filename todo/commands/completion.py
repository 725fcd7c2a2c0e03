"""`todo completion`: what makes a shell complete the command's words."""

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

__all__ = ["command"]

_SHELLS = ("bash", "fish", "zsh")
_NAME = "todo"


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS), required=False)
def command(shell: str | None) -> None:
    """Print the script with which a shell completes commands and options.

    SHELL is bash, fish or zsh; without it, the one in $SHELL. Load it where the shell starts, or
    keep it where bash or fish look by themselves:

    \b
    eval "$(todo completion bash)"       # in ~/.bashrc
    eval "$(todo completion zsh)"        # in ~/.zshrc, after compinit
    todo completion bash > ~/.local/share/bash-completion/completions/todo
    todo completion fish > ~/.config/fish/completions/todo.fish
    """
    name = shell or Path(os.environ.get("SHELL", "")).name
    if name not in _SHELLS:
        raise click.UsageError(f"say for which shell: {', '.join(_SHELLS)}")
    complete = get_completion_class(name)
    assert complete is not None  # noqa: S101  # click has these three
    script = complete(click.get_current_context().find_root().command, {}, _NAME, "_TODO_COMPLETE")
    click.echo(script.source())
