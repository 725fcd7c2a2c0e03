"""What a name means at a point of the pipeline: a computed column, a discovered field, or
nothing.
"""

from dataclasses import dataclass, field

from ..language.syntax import Expression, Field
from .events import SYSTEM_FIELDS, Events
from .steps import Steps
from .values import NULL, Kind, Value, quoted


@dataclass
class Scope:
    """Names computed and fields asked for so far.

    `events` until stats, after which there are none, but expressions that stats has calculated:
    `results`. `aliases` are names of other relations, whose fields are asked for as `alias.field`.
    """

    events: Events | None
    steps: Steps
    computed: dict[str, Value] = field(default_factory=dict)
    results: dict[Expression, Value] = field(default_factory=dict)
    aliases: dict[str, "Scope"] = field(default_factory=dict)
    unknown: dict[str, Field] = field(default_factory=dict)

    def resolve(self, asked: Field) -> Value:
        """The value that the name stands for; a name that means nothing is null."""
        if asked.name in self.computed:
            return self.computed[asked.name]
        inside = self._inside_structure(asked)
        if inside is not None:
            return inside
        owner = self.aliases.get(str(asked.path[0])) if len(asked.path) > 1 else None
        if owner is not None:
            return owner.resolve(Field(asked.path[1:], at=asked.at))
        if self.events is None:
            self.unknown[asked.name] = asked
            return NULL
        return self._discovered(self.events, asked)

    def timestamp(self) -> Value | None:
        """The time of the event, or None where stats has dropped it."""
        if self.events is None and "@timestamp" not in self.computed:
            return None
        return self.resolve(Field(("@timestamp",)))

    def close(self, computed: dict[str, Value], results: dict[Expression, Value]) -> None:
        """From here on there are only these columns."""
        self.computed = computed
        self.results = results
        self.events = None
        self.aliases = {}

    def _discovered(self, events: Events, asked: Field) -> Value:
        if asked.name in SYSTEM_FIELDS:
            return self._system(events, asked.name)
        sql, raw = events.field(asked)
        return Value(self.steps.define(sql), Kind.TEXT, raw=raw, json=events.json(asked))

    def _system(self, events: Events, name: str) -> Value:
        match name:
            case "@timestamp":
                return Value(events.timestamp, Kind.TIME)
            case "@message":
                return Value(events.line, Kind.TEXT)
            case "@log":
                return Value(events.log, Kind.TEXT)
            case "@logStream":
                return Value(events.stream, Kind.TEXT)
        return Value("NULL::TIMESTAMP", Kind.TIME)

    def _inside_structure(self, asked: Field) -> Value | None:
        for length in range(len(asked.path) - 1, 0, -1):
            owner = self.computed.get(Field(asked.path[:length]).name)
            if owner is not None and owner.kind is Kind.STRUCTURE:
                return inside(owner, asked.path[length:])
        return None


def inside(owner: Value, path: tuple[str | int, ...]) -> Value:
    """The value at a path inside a list or a map; dotted names may be keys with dots."""
    keys = [str(part).replace("~", "~0").replace("/", "~1") for part in path]
    nested = f"json_extract({owner.sql}, {quoted('/' + '/'.join(keys))})"
    if all(isinstance(part, int) for part in path[1:]) or not len(path) > 1:
        return Value(nested, Kind.STRUCTURE)
    whole = f"json_extract({owner.sql}, {quoted('/' + '.'.join(keys))})"
    return Value(f"coalesce({nested}, {whole})", Kind.STRUCTURE)
