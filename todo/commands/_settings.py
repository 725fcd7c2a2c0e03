"""The settings of one run of the command line, loaded once and handed to whoever asks, and the
server that they are about.
"""

import click

from ..config import Settings, load_settings
from ..serving.folder_lock import owner_of
from ..serving.listener import base_url

__all__ = ["current_settings", "server_of"]


def current_settings() -> Settings:
    """The settings, which are read from the environment at the first call of this command line.

    Raises ConfigError, so that a command which needs no setting works although one is wrong.
    """
    root = click.get_current_context().find_root()
    if root.obj is None:
        root.obj = load_settings()
    settings: Settings = root.obj
    return settings


def server_of(settings: Settings) -> str:
    """The URL of the server that has its data in this folder, or else what the settings say."""
    owner = owner_of(settings.state_dir)
    return owner.url if owner else base_url(settings.host, settings.port)
