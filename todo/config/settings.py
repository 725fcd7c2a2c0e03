"""All settings, as one process has them."""

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from .database import DatabaseSettings
from .delivery import DeliverySettings
from .log_lines import LogLineSettings
from .server import ServerSettings

__all__ = ["PREFIX", "Settings"]

PREFIX = "TODO_"


class Settings(DeliverySettings, LogLineSettings, ServerSettings, DatabaseSettings, BaseSettings):
    """The settings of one process, read once at its start. A field `x` is the variable `TODO_X`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what the caller passes and the environment count, in this order."""
        return init_settings, env_settings
