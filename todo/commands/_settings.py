"""The settings of one run of the command line, loaded once and handed to whoever asks."""

import click

from ..config import Settings, load_settings

__all__ = ["current_settings"]


def current_settings() -> Settings:
    """The settings, which are read from the environment at the first call of this command line.

    Raises ConfigError, so that a command which needs no setting works although one is wrong.
    """
    root = click.get_current_context().find_root()
    if root.obj is None:
        root.obj = load_settings()
    settings: Settings = root.obj
    return settings
