"""What can be set for an app, read once from its Flask configuration."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from .correlation import DEFAULT_ID_HEADERS
from .fields import FINISHED, QUERY, STARTED, is_reserved

__all__ = ["LOGGER", "Settings"]

LOGGER = logging.getLogger("canonical_log")
PREFIX = "CANONICAL_LOG_"


@dataclass(frozen=True)
class Settings:
    """One app's settings. The field `x` is the key `CANONICAL_LOG_X` of its configuration."""

    events: frozenset[str] = frozenset({STARTED, QUERY, FINISHED})
    """Which of the three are written. Exceptions always are, and the id is echoed whatever this
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
    query_parameters: bool = False
    """Whether the values in statements are logged. They are your users' data: for debugging only."""
    sql_comments: bool = False
    """Whether each statement carries the id and the route as a comment into PostgreSQL's own views
    and logs.
    """
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

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Settings":
        """The settings in a Flask configuration, in which the defaults are set where a key is
        missing.

        Raises ValueError for an event that does not exist, and for a constant that the schema has a
        meaning for.
        """
        defaults = cls()
        values = {
            item.name: config.setdefault(PREFIX + item.name.upper(), getattr(defaults, item.name))
            for item in fields(cls)
        }
        unknown = set(values["events"]) - defaults.events
        if unknown:
            raise ValueError(
                f"{PREFIX}EVENTS has {sorted(unknown)}; there are {sorted(defaults.events)}"
            )
        taken = {name for name in values["constants"] if is_reserved(name)} - {
            "service",
            "version",
            "env",
        }
        if taken:
            raise ValueError(
                f"{PREFIX}CONSTANTS cannot have {sorted(taken)}: the schema has a meaning for them"
            )
        for name in ("events", "excluded_paths"):
            values[name] = frozenset(values[name])
        return cls(**values)
