"""The log lines: which are written, and what is in them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

__all__ = ["LogLineSettings"]


def _split(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return frozenset() if value == "none" else frozenset(part.strip() for part in value.split(","))


class LogLineSettings(BaseModel):
    """What a request leaves in the log."""

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
