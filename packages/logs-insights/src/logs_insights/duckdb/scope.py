"""What a name means at a point of the pipeline: a computed column, a discovered field, or nothing."""

from dataclasses import dataclass, field

from ..language.syntax import Expression, Field
from .discovery import SYSTEM_FIELDS, column, raw_column
from .values import NULL, Kind, Value, quoted


@dataclass
class Scope:
    """Names computed and fields asked for so far.

    `is_open` until stats, after which there are no events, but expressions that stats has
    calculated: `results`.
    """

    computed: dict[str, Value] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    system: set[str] = field(default_factory=set)
    is_open: bool = True
    results: dict[Expression, Value] = field(default_factory=dict)

    def resolve(self, asked: Field) -> Value:
        """The value that the name stands for; a name that means nothing is null."""
        if asked.name in self.computed:
            return self.computed[asked.name]
        inside = self._inside_structure(asked)
        if inside is not None:
            return inside
        return self._discovered(asked.name) if self.is_open else NULL

    def timestamp(self) -> Value | None:
        """The time of the event, or None where stats has dropped it."""
        if not self.is_open and "@timestamp" not in self.computed:
            return None
        return self.resolve(Field(("@timestamp",)))

    def close(self, computed: dict[str, Value], results: dict[Expression, Value]) -> None:
        """From here on there are only these columns."""
        self.computed = computed
        self.results = results
        self.is_open = False

    def _discovered(self, name: str) -> Value:
        if name in SYSTEM_FIELDS:
            self.system.add(name)
            kind = Kind.TIME if name in ("@timestamp", "@ingestionTime") else Kind.TEXT
            return Value(f'"{name}"', kind)
        if name not in self.fields:
            self.fields.append(name)
        return Value(column(name), Kind.TEXT, raw=raw_column(name))

    def _inside_structure(self, asked: Field) -> Value | None:
        for length in range(len(asked.path) - 1, 0, -1):
            owner = self.computed.get(Field(asked.path[:length]).name)
            if owner is not None and owner.kind is Kind.STRUCTURE:
                keys = [
                    str(part).replace("~", "~0").replace("/", "~1") for part in asked.path[length:]
                ]
                pointer = quoted("/" + "/".join(keys))
                return Value(f"json_extract({owner.sql}, {pointer})", Kind.STRUCTURE)
        return None
