"""What can be set for an app, read once from its Flask configuration."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from .correlation import DEFAULT_ID_HEADERS
from .fields import FINISHED, HTTP_CLIENT, QUERY, STARTED, is_reserved
from .suggestions import refuse_others

__all__ = ["DEFAULTS", "LOGGER", "Settings"]

LOGGER = logging.getLogger("canonical_log")
PREFIX = "CANONICAL_LOG_"
LEAST_SECRET_CHARACTERS = 16
OF_CONSTANTS = {"service", "version", "env"}  # reserved for this


@dataclass(frozen=True)
class Settings:
    """One app's settings. The field `x` is the key `CANONICAL_LOG_X` of its configuration."""

    events: frozenset[str] = frozenset({STARTED, QUERY, HTTP_CLIENT, FINISHED})
    """Which of the four are written. Exceptions always are, and the id is echoed whatever this
    says.
    """
    id_headers: tuple[str, ...] = DEFAULT_ID_HEADERS
    """Where an id is looked for, in this order."""
    excluded_paths: frozenset[str] = frozenset()
    """Paths, such as a health check's, that write a canonical line only when they fail."""
    slow_query_ms: float = 200
    """From how many milliseconds a statement is slow: logged as a WARNING and counted in the
    canonical line.
    """
    slow_http_client_ms: float = 1000
    """From how many milliseconds a call to another service is slow, and logged as a WARNING."""
    slow_request_ms: float = 1000
    """From how many milliseconds a request is slow, so that sampling never leaves its lines out."""
    sample_rate: float = 1
    """The share of requests whose lines are all written, from 0 to 1. Of the others, the canonical
    line is, and all of those that failed, were slow or had an N+1.
    """
    live_file: str | None = None
    """The file that changes level and sampling while the service runs, see `canonical_log.live`;
    None for none.
    """
    debug_secret: str | None = field(default=None, repr=False)
    """The secret that signs X-Log-Debug, with which a client has one request logged in full: at
    least 16 characters; None for nobody.
    """
    query_parameters: bool = False
    """Whether the values in statements are logged. They are users' data: for debugging only."""
    sql_comments: bool = False
    """Whether each statement carries the id and the route as a comment into PostgreSQL's own views
    and logs.
    """
    sql_comments_of_runs: bool = False
    """The same for the statements of requests with an X-Run-ID alone, which a load test sends."""
    query_string: bool = False
    """Whether the canonical line has the URL's query string, redacted by name."""
    headers: tuple[str, ...] = ()
    """Request headers that the canonical line has, redacted by name."""
    client_ip: bool = False
    """Whether the canonical line has the client's address."""
    constants: Mapping[str, Any] = field(default_factory=dict)
    """Fields that each canonical line has, such as service, version and env."""
    emf_namespace: str | None = None
    """The CloudWatch namespace for metrics in Embedded Metric Format; None for none."""

    def __post_init__(self) -> None:
        """Raises ValueError for what cannot be meant."""
        refuse_others("event", self.events, (STARTED, QUERY, HTTP_CLIENT, FINISHED))
        if not isinstance(self.sample_rate, float | int) or not 0 <= self.sample_rate <= 1:
            raise ValueError(
                f"{PREFIX}SAMPLE_RATE is a share from 0 to 1, not {self.sample_rate!r}"
            )
        if self.debug_secret and len(self.debug_secret) < LEAST_SECRET_CHARACTERS:
            raise ValueError(
                f"{PREFIX}DEBUG_SECRET needs at least {LEAST_SECRET_CHARACTERS} characters"
            )
        taken = {name for name in self.constants if is_reserved(name)} - OF_CONSTANTS
        if taken:
            raise ValueError(f"constants cannot have {sorted(taken)}: the schema has taken them")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Settings":
        """The settings in a Flask configuration, in which the defaults are set where a key is
        missing.

        Raises ValueError for a key and for an event that do not exist, with the nearest one that
        does, and for a constant whose name the schema has taken.
        """
        names = [item.name.upper() for item in fields(cls)]
        refuse_others("setting", _keys(config), names, PREFIX)
        defaults = cls()
        values = {
            item.name: config.setdefault(PREFIX + item.name.upper(), getattr(defaults, item.name))
            for item in fields(cls)
        }
        for name in ("events", "excluded_paths"):
            values[name] = frozenset(_names(values[name]))
        for name in ("headers", "id_headers"):
            values[name] = tuple(_names(values[name]))
        return cls(**values)


def _names(value: str | Iterable[str]) -> Iterable[str]:
    """Names in a list of any kind, or in a text with commas between them, as from a variable."""
    if isinstance(value, str):
        return [name.strip() for name in value.split(",") if name.strip()]
    return value


def _keys(config: Mapping[str, Any]) -> list[str]:
    """The names of what is set, without the prefix."""
    keys = (key for key in config if isinstance(key, str) and key.startswith(PREFIX))
    return [key.removeprefix(PREFIX) for key in keys]


DEFAULTS = Settings()
