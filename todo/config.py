"""Every setting of TaskOverflow: its name, default, unit and meaning. The only reader of the
environment.
"""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

__all__ = ["ConfigError", "Settings", "load_settings", "variable_names"]

PREFIX = "TODO_"

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
LOG_GROUP = r"^[.\-_/#A-Za-z0-9]{1,512}$"
LOG_STREAM = r"^[^:*]{1,512}$"


class ConfigError(Exception):
    """A setting is missing, unknown or has a bad value; the text names each one and what is
    allowed.
    """


def _split(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return frozenset() if value == "none" else frozenset(part.strip() for part in value.split(","))


class Settings(BaseSettings):
    """The settings of one process, read once at its start. A field `x` is the variable `TODO_X`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    sqlalchemy_database_uri: SecretStr | None = Field(
        None,
        validation_alias="SQLALCHEMY_DATABASE_URI",
        description="The database's URL. Unset, `todo serve` starts a PostgreSQL of its own.",
    )
    state_dir: Path = Field(
        Path("var"), description="Where the embedded PostgreSQL keeps its data."
    )

    app: str = Field(
        "todo:create_app",
        description="The app to serve, as FILE.py:FACTORY or MODULE:FACTORY.",
    )
    host: str = Field(
        "127.0.0.1", description="The address to listen on; `0.0.0.0` for every interface."
    )
    port: int = Field(6400, ge=1, le=65535, description="The TCP port to listen on.")
    console_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="The console's TCP port, on this machine only; 0 for no console. Unset: one"
        " more than `TODO_PORT`.",
    )
    workers: int = Field(
        os.cpu_count() or 1, ge=1, le=64, description="gunicorn's worker processes."
    )
    threads: int = Field(
        4, ge=1, le=64, description="Threads of each worker, and connections in its pool."
    )
    keep_alive_s: int = Field(
        75,
        ge=1,
        le=3600,
        description="Seconds that an idle connection stays open; longer than the ALB's 60.",
    )
    graceful_timeout_s: int = Field(
        30,
        ge=1,
        le=110,
        description="Seconds that running requests get to finish when a worker stops.",
    )
    worker_timeout_s: int = Field(
        30, ge=1, le=600, description="Seconds after which a worker that hangs is replaced."
    )
    queue_s: float = Field(
        1,
        gt=0,
        le=60,
        description="Seconds that a request may wait for a thread; longer is a 503.",
    )
    head_timeout_s: float = Field(
        10, gt=0, le=600, description="Seconds in which the head of a request must have come."
    )
    body_timeout_s: float = Field(
        20, gt=0, le=600, description="Seconds in which the body must have come after the head."
    )
    write_timeout_s: float = Field(
        30, gt=0, le=3600, description="Seconds that a client may take to read an answer."
    )
    max_connections: int = Field(
        4096,
        ge=16,
        le=100_000,
        description="Open connections of a worker; to take more, it closes idle ones.",
    )
    max_connections_per_address: int | None = Field(
        None,
        ge=1,
        le=100_000,
        description="Open connections of a worker with one client address. "
        "Unset: half of them all, or no bound of its own with proxies in front.",
    )
    proxy_hops: int = Field(
        1,
        ge=0,
        le=5,
        description="Reverse proxies in front whose `X-Forwarded-For` and `-Proto` are believed.",
    )

    api_keys: SecretStr | None = Field(
        None,
        description="Who may call the API: entries of `todo keys new`, or a file of them. Unset:"
        " everybody.",
    )
    api_key: SecretStr | None = Field(
        None, description="The key that `todo load` and the k6 scripts send."
    )

    request_timeout_s: float = Field(
        10,
        gt=0,
        le=600,
        description="Seconds that a request has for all that it asks of the database, its time in"
        " the queue included.",
    )
    pool_timeout_s: float = Field(
        5,
        gt=0,
        le=60,
        description="Seconds that a request waits for a database connection before a 503.",
    )
    connect_timeout_s: int = Field(
        5, ge=2, le=60, description="Seconds that connecting to the database may take."
    )
    statement_timeout_ms: int = Field(
        5000,
        ge=0,
        le=600_000,
        description="Milliseconds that a statement may run; 0 leaves it to the server.",
    )

    page_cache_bytes: int = Field(
        16 << 20,
        ge=0,
        le=1 << 30,
        description="Bytes of memory that a worker may take to keep the pages of todos that it"
        " answered; 0 keeps none.",
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The least level that is logged."
    )
    log_events: Annotated[
        frozenset[Literal["request_started", "query", "http_client", "request_finished"]],
        NoDecode,
        BeforeValidator(_split),
    ] = Field(
        frozenset({"request_started", "query", "http_client", "request_finished"}),
        description="Which events a request writes, separated by commas, or `none`."
        " Exceptions always are.",
    )
    slow_query_ms: float = Field(
        200, ge=0, description="Milliseconds from which a statement is logged as a WARNING."
    )
    log_sample_rate: float = Field(
        1,
        ge=0,
        le=1,
        description="Share of requests whose lines are all written. Of the others the canonical"
        " line is, and all of those that failed, were slow or had an N+1.",
    )
    slow_request_ms: float = Field(
        1000,
        ge=0,
        description="Milliseconds from which sampling leaves no line of a request out.",
    )
    log_debug_secret: SecretStr | None = Field(
        None,
        min_length=16,
        description="The secret of `todo logging sign`, whose header has one request logged in"
        " full. Unset: no header does.",
    )
    sql_comments: bool = Field(
        False,
        description="Whether each statement carries the correlation ID into PostgreSQL's views"
        " and logs.",
    )
    profile_load_tests: bool = Field(
        True,
        description="Whether the stacks of requests with an X-Run-ID, and the database's sessions"
        " and plans meanwhile, are sampled into the log.",
    )
    metrics_namespace: str | None = Field(
        None,
        description="CloudWatch namespace for metrics taken from the log lines; unset for none.",
    )

    log_output: Literal["stdout", "spool"] = Field(
        "stdout",
        description="Where gunicorn's processes write their lines: standard output, or the"
        " shipper's spool.",
    )
    spool_dir: Path = Field(
        Path("var/spool"), description="The spool: where lines wait for the shipper."
    )
    spool_max_bytes: int = Field(
        2 << 30,
        ge=32 << 20,
        description="Bytes that the spool may take; at the cap the lowest level is dropped first.",
    )
    log_destination: Literal["archive", "cloudwatch"] = Field(
        "archive",
        description="Where `todo ship` delivers: to files on this host, or to CloudWatch Logs.",
    )
    log_group: str = Field("taskoverflow", pattern=LOG_GROUP, description="The log group.")
    log_stream: str | None = Field(
        None,
        pattern=LOG_STREAM,
        description="The log stream. Unset: the ECS task's id, else this host's name.",
    )
    create_log_group: bool = Field(
        True,
        description="Whether `todo ship` creates a log group that is missing, or waits until"
        " somebody does.",
    )
    log_retention_days: int | None = Field(
        None,
        ge=1,
        description="Retention of a log group that `todo ship` has to create; unset for ever.",
    )
    service_environment: str | None = Field(
        None,
        min_length=1,
        max_length=512,
        description="Where this runs, such as `production`. With it CloudWatch links the lines to"
        " the service `taskoverflow` there.",
    )
    traces_endpoint: str | None = Field(
        None,
        pattern=r"^(xray|https?://\S+)$",
        description="Where `todo ship` sends the lines of requests as spans too: the URL of an"
        " OTLP/HTTP receiver, or `xray`. Unset for nowhere.",
    )
    archive_dir: Path = Field(
        Path("var/logs"), description="The archive: newline JSON, a file an hour."
    )
    archive_retention_days: float = Field(
        14, gt=0, description="Days that the archive keeps a file."
    )
    archive_max_bytes: int = Field(
        2 << 30, ge=1 << 20, description="Bytes that the archive may take; the oldest go."
    )
    ship_drain_deadline_s: float = Field(
        15,
        gt=0,
        le=3600,
        description="Seconds that `todo ship` goes on delivering once it is asked to stop.",
    )
    lifeline_fd: int | None = Field(
        None,
        ge=0,
        description="Set by `todo serve` for what it starts, which ends when it closes.",
    )

    @property
    def live_file(self) -> Path:
        """The file by which `todo logging` changes what a running service logs."""
        return self.spool_dir / "logging.json"

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
    return {
        str(field.validation_alias or PREFIX + name.upper()): name
        for name, field in Settings.model_fields.items()
    }


def load_settings(overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings from the environment, with `overrides` (by variable name) on top.

    Raises ConfigError, which names every variable that is unknown or has a bad value, and what is
    allowed. A secret's value is never in it.
    """
    variables = variable_names()
    given = dict(overrides or {})
    problems = [
        _unknown(name, variables)
        for name in sorted(os.environ | given)
        if name.startswith(PREFIX) and name not in variables
    ]
    try:
        settings = Settings(
            **{_argument(name, variables): given[name] for name in given if name in variables}
        )
    except ValidationError as error:
        problems += [_explain(dict(item), variables) for item in error.errors()]
    if problems:
        raise ConfigError("\n".join(problems))
    return settings


def _argument(variable: str, variables: dict[str, str]) -> str:
    return variables[variable] if variable.startswith(PREFIX) else variable


def _unknown(name: str, variables: dict[str, str]) -> str:
    close = difflib.get_close_matches(name, variables, n=1)
    hint = (
        f"did you mean {close[0]}?"
        if close
        else f"the settings are {', '.join(sorted(variables))}."
    )
    return f"{name} is no setting of TaskOverflow: {hint}"


def _explain(error: dict[str, Any], variables: dict[str, str]) -> str:
    location = str(error["loc"][0])
    field = variables.get(location, location)
    variable = next(name for name, of_field in variables.items() if of_field == field)
    is_secret = "Secret" in str(Settings.model_fields[field].annotation)
    found = "has a bad value" if is_secret else f"is {error['input']!r}"
    return f"{variable} {found}: {error['msg']}."
