"""The server: where it listens, what it takes from its clients, and who they may be."""

import os

from pydantic import BaseModel, Field, SecretStr

__all__ = ["ServerSettings"]


class ServerSettings(BaseModel):
    """What `todo serve` starts, and the bounds of one worker."""

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

    lifeline_fd: int | None = Field(
        None,
        ge=0,
        description="Set by what starts others, such as `todo serve`, which end when it closes.",
    )
