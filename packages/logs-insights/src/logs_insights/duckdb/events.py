"""Lines as events, with the fields that a query names, as CloudWatch discovers them.

In JSON, nested keys are joined by dots, list elements have their index as name, true and false are
1 and 0, and of one event only the first 200 fields are discovered. What is discovered in other
lines is in `plaintext`.
"""

# ruff: noqa: S608 - this writes SQL; every name and text that goes into it is quoted

from collections.abc import Sequence
from itertools import pairwise

from ..language.commands.sources import Source
from ..language.syntax import Field
from ..time_range import TimeRange
from . import plaintext
from .documents import values_sql
from .needles import Clause
from .pointers import MOST_PARTS, dotted_places, parts_of, places
from .steps import Names
from .values import quoted

SYSTEM_FIELDS = frozenset(("@timestamp", "@message", "@log", "@logStream", "@ingestionTime"))

# The events of JSON files may name their time otherwise than `timestamp`, seconds since 1970 too.
_OTHER_TIMES = ("/@timestamp", "/time", "/eventTime", "/ts")
_NO_TIME = "error('no JSON with a timestamp: ' || filename)"


class Events:
    """The events of some log groups, and what a query wants of them.

    `line` is the column of the text, `document` of the JSON in it, `timestamp` of the time, `log`
    and `stream` of where they are from; `name` is that of the relation.
    """

    def __init__(
        self, names: Names, sources: Sequence[Source], ranges: Sequence[TimeRange]
    ) -> None:
        """An event is in at least one of the ranges."""
        self.sources = tuple(sources)
        self.ranges = tuple(ranges)
        self.clauses: list[Clause] = []
        self.fields: dict[str, Field] = {}
        self.wants_files = self.wants_sample = False
        self.name = names.table()
        self.line, self.document, self.timestamp, self._values, self._log, self._stream = (
            names.column() for _ in range(6)
        )
        self._pointers: list[str] = ["/timestamp"]
        self._texts: dict[int, str] = {}

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the relation may have."""
        files = (self._log, self._stream)
        return self.line, self.document, self.timestamp, self._values, *files

    @property
    def sample(self) -> str:
        """The relation of the events in the first lines."""
        self.wants_sample = True
        return f"sample_{self.name}"

    @property
    def log(self) -> str:
        """The column of the log group."""
        self.wants_files = True
        return self._log

    @property
    def stream(self) -> str:
        """The column of the log stream."""
        self.wants_files = True
        return self._stream

    def in_range(self) -> str | None:
        """SQL for whether the event is in one of the ranges; None where all are."""
        alternatives = [self.within(each, self.timestamp) for each in self.ranges]
        if not alternatives or not all(alternatives):
            return None
        return " OR ".join(f"({each})" for each in alternatives)

    def within(self, time_range: TimeRange, moment: str) -> str:
        """SQL for whether a time is in a range, which may be nothing where the range is open."""
        conditions = []
        if time_range.start_ms is not None:
            conditions.append(f"{moment} >= make_timestamp_ms({time_range.start_ms})")
        if time_range.end_ms is not None:
            conditions.append(f"{moment} <= make_timestamp_ms({time_range.end_ms})")
        return " AND ".join(conditions)

    def field(self, asked: Field) -> tuple[str, str | None]:
        """SQL for a discovered field as text, and cheaper SQL where booleans, lists and maps make
        no difference; a dotted name may be nested, so has none.
        """
        self.fields.setdefault(asked.name, asked)
        found = [self._value(pointer) for pointer in places(asked.name)]
        if asked.name in plaintext.FIELDS:
            self._texts[self._pointers.index(places(asked.name)[0])] = asked.name
        leaves = [self._leaf(value, pointer) for value, pointer in found]
        parts = parts_of(asked.name)
        if 2 < len(parts) <= MOST_PARTS:  # fewer are whole or nested
            leaves.append(self._mixed(parts))
        if len(leaves) > 1:
            return f"coalesce({', '.join(leaves)})", None
        return leaves[0], found[0][0]

    def json(self, asked: Field) -> str:
        """SQL for a field as JSON: the list or the map that it is, if it is one."""
        found = (f"json_extract({self.document}, {quoted(each)})" for each in places(asked.name))
        return f"coalesce({', '.join(found)})"

    def sql(self, lines: str, *, mixed: bool) -> str:
        """SELECT of the events in the relation `lines(line, filename)`.

        If `mixed`, lines may be any text; it needs `files(filename, modified)`, and takes a tenth
        longer where all are JSON. Else it fails at a line that is no JSON object, or has no time in
        `timestamp`, as soon as a field or the time of it is asked for.
        """
        values = self._mixed_values() if mixed else self._json_values()
        wanted = "".join(map(_clause_sql, self.clauses))
        joined = " LEFT JOIN files USING (filename)" if mixed or self.wants_files else ""
        files = f", log AS {self._log}, stream AS {self._stream}" if self.wants_files else ""
        # OFFSET 0 keeps the database from moving conditions across it: a line is parsed once.
        parsed = f"SELECT {values} AS v, * FROM {lines}{joined} WHERE line <> ''{wanted} OFFSET 0"
        document = "document(line)" if mixed else "line"
        return (
            f"SELECT v AS {self._values}, line AS {self.line}, {document} AS {self.document},"
            f" {self._time_sql(mixed=mixed)} AS {self.timestamp}{files} FROM ({parsed})"
        )

    def _time_sql(self, *, mixed: bool) -> str:
        if not mixed:
            return f"coalesce(to_time(v[1]), {_NO_TIME}::TIMESTAMP)"
        first = len(self._pointers) + 1
        others = [f"moment(v[{first + place}])" for place in range(len(_OTHER_TIMES))]
        return (
            f"coalesce(to_time(v[1]), {', '.join(others)}, syslog_time(line, modified), modified)"
        )

    def _json_values(self) -> str:
        """The texts at the pointers, of lines that are all JSON objects."""
        values = values_sql("line", self._pointers)
        return f"CASE WHEN looks_json(line) THEN {values} ELSE [{_NO_TIME}::VARCHAR] END"

    def _mixed_values(self) -> str:
        """The same of any lines."""
        pointers = [*self._pointers, *_OTHER_TIMES]
        text = self._text_values(pointers)
        values = f"coalesce(TRY({values_sql('line', pointers)}), {text})"
        return f"CASE WHEN looks_json(line) THEN {values} ELSE {text} END"

    def _text_values(self, pointers: list[str]) -> str:
        """Those of a line that is no JSON: from JSON inside it, and from the line itself.

        The lists of one element are there to compute that only once.
        """
        values = ["coalesce(text_time(line), e[1])"]
        for place in range(1, len(pointers)):
            name = self._texts.get(place)
            inside = f"e[{place + 1}]"
            found = f"coalesce({plaintext.field_sql(name, 'line')}, {inside})" if name else inside
            values.append(found)
        extracted = f"list_transform([embedded_json(line)], lambda d: {values_sql('d', pointers)})"
        return f"list_transform({extracted}, lambda e: [{', '.join(values)}])[1]"

    def _value(self, pointer: str) -> tuple[str, str]:
        if pointer not in self._pointers:
            self._pointers.append(pointer)
        return f"{self._values}[{self._pointers.index(pointer) + 1}]", pointer

    def _leaf(self, value: str, pointer: str) -> str:
        """The value as text; only what may be a boolean, a list or a map is worth a look at its
        JSON type.

        All of those sort after '[', and most numbers, paths and statements do not: one comparison
        spares them the rest.
        """
        doubtful = (
            f"{value} IN ('true', 'false') OR starts_with({value}, '{{')"
            f" OR starts_with({value}, '[')"
        )
        typed = f"leaf_text(json_type({self.document}, {quoted(pointer)}), {value})"
        looked_at = f"CASE WHEN {doubtful} THEN {typed} ELSE {value} END"
        return f"CASE WHEN {value} >= '[' THEN {looked_at} ELSE {value} END"

    def _mixed(self, parts: list[str]) -> str:
        """The value of a name of which some dots are in a key and some between two."""
        dotted = " OR ".join(
            f"contains({self.line}, {quoted(f'{one}.{other}')})" for one, other in pairwise(parts)
        )
        found = (f"leaf_at({self.document}, {quoted(place)})" for place in dotted_places(parts))
        return f"CASE WHEN {dotted} THEN coalesce({', '.join(found)}) END"


def _clause_sql(clause: Clause) -> str:
    return " AND (" + " OR ".join(f"contains(line, {quoted(text)})" for text in clause) + ")"
