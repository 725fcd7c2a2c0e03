"""`todo mcp`: the logs and load tests as tools for a coding assistant."""

import importlib.util

import click

from ._asking import answered, logs_options
from ._logs import Logs
from ._settings import current_settings
from ._sources import sources_of

__all__ = ["command"]


@click.command("mcp")
@logs_options
def command(logs: Logs) -> None:
    """Answer a coding assistant's questions, by the Model Context Protocol on standard input.

    The tools are bottlenecks, trace, query, fields, runs, verdict and compare. They change nothing,
    and an answer has at most some 40 KB. docs/how-to/ask-with-an-assistant.md has a configuration.
    """
    if importlib.util.find_spec("mcp") is None:
        raise click.ClickException(
            "this command needs the extra `mcp`: pip install 'taskoverflow[mcp]'"
        )
    with answered():
        from ..console.tools import tool_server

        sources = sources_of(logs, current_settings(), is_indexed=False)
        tool_server(sources).run()
