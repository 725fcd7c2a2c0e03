"""The database, and how long a request may wait for it."""

from pathlib import Path

from pydantic import BaseModel, Field, SecretStr

__all__ = ["DatabaseSettings"]


class DatabaseSettings(BaseModel):
    """Where the todos are."""

    sqlalchemy_database_uri: SecretStr | None = Field(
        None,
        validation_alias="SQLALCHEMY_DATABASE_URI",
        description="The database's URL. Unset, `todo serve` starts a PostgreSQL of its own.",
    )
    replica_database_uri: SecretStr | None = Field(
        None,
        description="URL of a read replica. GET requests for todos ask it instead, and may miss"
        " what was written less than its lag ago.",
    )
    database_role: str | None = Field(
        None,
        pattern="^[a-z_][a-z0-9_]{0,62}$",
        description="Role of PostgreSQL that `todo db upgrade` makes, if need be, and lets use the"
        " todos: one that owns nothing, for the app to connect as.",
    )
    database_role_password: SecretStr | None = Field(
        None, min_length=1, description="The password that `todo db upgrade` gives this role."
    )
    state_dir: Path = Field(
        Path("var"), description="Where the embedded PostgreSQL keeps its data."
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
