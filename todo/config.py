"""Every setting of TaskOverflow: its name, default, unit and meaning. The only reader of the environment."""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

__all__ = ["ConfigError", "Settings", "load_settings", "variable_names"]

PREFIX = "TODO_"


class ConfigError(Exception):
    """A setting is missing, unknown or has a bad value; the text names each one and what is allowed."""


def _split(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return frozenset() if value == "none" else frozenset(part.strip() for part in value.split(","))


class Settings(BaseSettings):
    """The settings of one process, read once at its start. A field `x` is the variable `TODO_X`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    sqlalchemy_database_uri: Annotated[
        SecretStr | None,
        Field(
            validation_alias="SQLALCHEMY_DATABASE_URI",
            description="The database, as an SQLAlchemy URL. Unset, `todo serve` starts a PostgreSQL "
            "of its own under `TODO_STATE_DIR`.",
        ),
    ] = None
    state_dir: Annotated[Path, Field(description="Where the embedded PostgreSQL keeps its data.")] = Path("var")

    host: Annotated[str, Field(description="The address to listen on; `0.0.0.0` for every interface.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535, description="The TCP port to listen on.")] = 6400
    workers: Annotated[
        int, Field(ge=1, le=64, description="gunicorn's worker processes; the default is one a CPU.")
    ] = os.cpu_count() or 1
    threads: Annotated[
        int,
        Field(ge=1, le=64, description="Threads in each worker, which is also the size of its connection pool."),
    ] = 4
    keep_alive_s: Annotated[
        int,
        Field(ge=1, le=3600, description="Seconds that an idle connection stays open; longer than the ALB's 60."),
    ] = 75
    graceful_timeout_s: Annotated[
        int,
        Field(ge=1, le=110, description="Seconds that running requests get to finish when a worker stops."),
    ] = 30
    worker_timeout_s: Annotated[
        int, Field(ge=1, le=600, description="Seconds after which a worker that hangs is replaced.")
    ] = 30
    proxy_hops: Annotated[
        int,
        Field(
            ge=0,
            le=5,
            description="Reverse proxies in front whose `X-Forwarded-For` and `-Proto` are believed.",
        ),
    ] = 1

    pool_timeout_s: Annotated[
        float,
        Field(gt=0, le=60, description="Seconds that a request waits for a database connection before a 503."),
    ] = 5
    connect_timeout_s: Annotated[
        int, Field(ge=2, le=60, description="Seconds that opening a connection to the database may take.")
    ] = 5
    statement_timeout_ms: Annotated[
        int,
        Field(
            ge=0,
            le=600_000,
            description="Milliseconds that one statement may run; 0 leaves it to the server.",
        ),
    ] = 5000

    log_events: Annotated[
        frozenset[Literal["request_started", "query", "request_finished"]],
        NoDecode,
        BeforeValidator(_split),
        Field(description="Which events a request writes, separated by commas, or `none`. Exceptions always are."),
    ] = frozenset({"request_started", "query", "request_finished"})
    slow_query_ms: Annotated[
        float, Field(ge=0, description="Milliseconds from which a statement is logged as a WARNING.")
    ] = 200
    sql_comments: Annotated[
        bool, Field(description="Whether each statement carries the correlation ID into PostgreSQL's views and logs.")
    ] = False
    metrics_namespace: Annotated[
        str | None, Field(description="CloudWatch namespace for metrics taken from the log lines; unset for none.")
    ] = None
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(description="The least level that is logged.")
    ] = "INFO"

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


def variable_names() -> dict[str, str]:
    """Each environment variable, mapped to the name of its field in `Settings`."""
    return {str(field.validation_alias or PREFIX + name.upper()): name for name, field in Settings.model_fields.items()}


def load_settings(overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings from the environment, with `overrides` (by variable name) on top.

    Raises ConfigError, which names every variable that is unknown or has a bad value, and what is allowed.
    A secret's value is never in it.
    """
    variables = variable_names()
    given = dict(overrides or {})
    problems = [
        _unknown(name, variables)
        for name in sorted(os.environ | given)
        if name.startswith(PREFIX) and name not in variables
    ]
    try:
        settings = Settings(**{_argument(name, variables): given[name] for name in given if name in variables})
    except ValidationError as error:
        problems += [_explain(dict(item), variables) for item in error.errors()]
    if problems:
        raise ConfigError("\n".join(problems))
    return settings


def _argument(variable: str, variables: dict[str, str]) -> str:
    return variables[variable] if variable.startswith(PREFIX) else variable


def _unknown(name: str, variables: dict[str, str]) -> str:
    close = difflib.get_close_matches(name, variables, n=1)
    hint = f"did you mean {close[0]}?" if close else f"the settings are {', '.join(sorted(variables))}."
    return f"{name} is no setting of TaskOverflow: {hint}"


def _explain(error: dict[str, Any], variables: dict[str, str]) -> str:
    location = str(error["loc"][0])
    field = variables.get(location, location)
    variable = next(name for name, of_field in variables.items() if of_field == field)
    is_secret = "Secret" in str(Settings.model_fields[field].annotation)
    found = "has a bad value" if is_secret else f"is {error['input']!r}"
    return f"{variable} {found}: {error['msg']}."
