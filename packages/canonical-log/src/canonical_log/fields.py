"""The schema of a log line: every field of this package's events, and of events that others add.

`python -m canonical_log` prints the table of this package's own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .conventions import ECS, OPENTELEMETRY

__all__ = [
    "ALL",
    "TYPES",
    "Field",
    "events",
    "fields_of",
    "find_field",
    "is_reserved",
    "markdown_table",
    "register",
    "reserved_names",
]

STARTED, FINISHED = "request_started", "request_finished"
WORK_STARTED, WORK_FINISHED = "work_started", "work_finished"
JOB_STARTED, JOB_FINISHED = "job_started", "job_finished"
QUERY, CONNECTION = "query", "connection"
HTTP_CLIENT = "http_client"
EXCEPTION, LOG = "exception", "log"
OWN_EVENTS = (
    STARTED,
    QUERY,
    CONNECTION,
    HTTP_CLIENT,
    FINISHED,
    WORK_STARTED,
    WORK_FINISHED,
    JOB_STARTED,
    JOB_FINISHED,
    EXCEPTION,
    LOG,
)
ENDS = (FINISHED, WORK_FINISHED, JOB_FINISHED)
"""The canonical lines."""
ALL = ("*",)
TYPES = ("string", "integer", "number", "boolean", "object")
HEADER_PREFIX = "http_header_"


@dataclass(frozen=True)
class Field:
    """One field of a line: its JSON type, its unit, the events that have it, and what it means."""

    name: str
    type: str
    """One of `TYPES`."""
    events: tuple[str, ...]
    """`ALL` for a field that any line may have."""
    meaning: str
    unit: str = ""
    required: tuple[str, ...] = ()
    """The events whose every line has it, or `ALL`."""

    def is_in(self, event: str) -> bool:
        """Whether a line of this event may have the field."""
        return self.events == ALL or event in self.events

    def is_required_in(self, event: str) -> bool:
        """Whether each line of this event has the field."""
        return self.required == ALL or event in self.required


_fields: dict[str, Field] = {}
_reserved: set[str] = set()


def register(rows: Iterable[Field | Mapping[str, Any]]) -> None:
    """Adds the fields of another part's events, so that `assert_schema` and the table know them.

    A row is a Field, or a mapping of its arguments. A name that is there already is in the events
    of both, with the first one's meaning. Raises ValueError when the two have different types, and
    for a type that JSON does not have.
    """
    for row in rows:
        field = row if isinstance(row, Field) else Field(**row)
        known = _fields.get(field.name, field)
        if field.type != known.type or field.type not in TYPES:
            raise ValueError(
                f"the field {field.name!r} cannot be of type {field.type!r}: "
                + (f"it is {known.type!r}" if known is not field else f"there are {[*TYPES]}")
            )
        field = _joined(known, field)
        _fields[field.name] = field
        if any(field.is_in(event) for event in OWN_EVENTS):
            _reserved.add(field.name)


def _joined(first: Field, second: Field) -> Field:
    events, required = (
        ALL if "*" in both else tuple(dict.fromkeys(both))
        for both in ((*first.events, *second.events), (*first.required, *second.required))
    )
    return replace(first, events=events, required=required)


def is_reserved(name: object) -> bool:
    """Whether the schema has taken the name, so that an app's own field cannot have it."""
    return name in _reserved or (isinstance(name, str) and name.startswith(HEADER_PREFIX))


def events() -> tuple[str, ...]:
    """Every event that there is, this package's first."""
    named = [event for field in _fields.values() for event in field.events]
    return tuple(dict.fromkeys(event for event in (*OWN_EVENTS, *named) if event != "*"))


def fields_of(event: str | None = None) -> tuple[Field, ...]:
    """The fields that lines of this event may have; without one, all fields that there are."""
    return tuple(field for field in _fields.values() if event is None or field.is_in(event))


def reserved_names() -> frozenset[str]:
    """The names that no field of an app's own can have."""
    return frozenset(_reserved)


def find_field(name: str) -> Field | None:
    """The field of this name, if the schema has it."""
    return _fields.get(HEADER_PREFIX + "*" if name.startswith(HEADER_PREFIX) else name)


def markdown_table() -> str:
    """The table of all fields, in Markdown."""
    rows = ["| field | type | in | meaning | OpenTelemetry | ECS |", "|---|---|---|---|---|---|"]
    for field in _fields.values():
        kind = f"{field.type}, {field.unit}" if field.unit else field.type
        where = "all" if field.events == ALL else ", ".join(field.events)
        otel, ecs = (
            f"`{names[field.name]}`" if field.name in names else ""
            for names in (OPENTELEMETRY, ECS)
        )
        rows.append(f"| `{field.name}` | {kind} | {where} | {field.meaning} | {otel} | {ecs} |")
    return "\n".join(rows) + "\n"
