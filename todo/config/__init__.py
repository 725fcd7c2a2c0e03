"""Every setting of TaskOverflow: its name, default, unit and meaning. The only reader of the
environment.
"""

from .loading import ConfigError, load_settings, variable_names
from .settings import Settings

__all__ = ["ConfigError", "Settings", "load_settings", "variable_names"]
