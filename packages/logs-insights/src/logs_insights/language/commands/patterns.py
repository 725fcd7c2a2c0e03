"""Commands that find what events have in common, and what is unusual."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ...time_range import UNITS_MS, TimeRange
from .. import syntax
from ..expressions import Expressions
from ..tokens import Kind
from .syntax import CommandSyntax

_MESSAGE = syntax.Field(("@message",))
_DAY_MS = 86_400_000
_PREVIOUS_MS = {"previousday": _DAY_MS, "previousweek": 7 * _DAY_MS}
_PREVIOUS = (*_PREVIOUS_MS, "previousmonth")


@dataclass(frozen=True)
class Pattern(syntax.Command):
    """The patterns that the texts of a field follow, and how many follow each."""

    field: syntax.Field


@dataclass(frozen=True)
class Diff(syntax.Command):
    """The patterns of this period against those of an earlier one: the one before, or by name."""

    previous: str = ""

    def compared_with(self, time_range: TimeRange) -> TimeRange:
        """The range to compare one with that has both ends."""
        if self.previous == "previousmonth":
            return TimeRange(_month_before(time_range.start_ms), _month_before(time_range.end_ms))
        length_ms = (time_range.end_ms or 0) - (time_range.start_ms or 0) + 1
        return time_range.earlier(_PREVIOUS_MS.get(self.previous, length_ms))


@dataclass(frozen=True)
class Logcompare(syntax.Command):
    """The patterns of this period against those of the period so much earlier."""

    shift: syntax.Duration

    def compared_with(self, time_range: TimeRange) -> TimeRange:
        """The range to compare one with that has both ends."""
        return time_range.earlier(self.shift.count * UNITS_MS[self.shift.unit])


@dataclass(frozen=True)
class Anomaly(syntax.Command):
    """Which of the patterns are unusual."""


@dataclass(frozen=True)
class RelevantFields(syntax.Command):
    """The fields whose values differ most where the condition holds."""

    fields: tuple[syntax.Field, ...]
    condition: syntax.Expression


def _pattern(parts: Expressions, at: int) -> Pattern:
    named = parts.reader.token.kind is Kind.NAME
    return Pattern(parts.reader.field() if named else _MESSAGE, at=at)


def _diff(parts: Expressions, at: int) -> Diff:
    word = parts.reader.skip(*_PREVIOUS)
    return Diff(word.word if word else "", at=at)


def _logcompare(parts: Expressions, at: int) -> Logcompare:
    parts.reader.need("timeshift")
    parts.reader.skip("=")
    parts.reader.skip("-")
    shift = parts.reader.duration()
    if shift.unit not in UNITS_MS:
        raise parts.reader.error("write this period in s, m, h, d or w", shift.at)
    return Logcompare(shift, at=at)


def _month_before(moment_ms: int | None) -> int | None:
    """The same time of the month before; the last day of a shorter one."""
    if moment_ms is None:
        return None
    moment = datetime.fromtimestamp(moment_ms / 1000, UTC)
    last = moment.replace(day=1) - timedelta(days=1)
    earlier = moment.replace(year=last.year, month=last.month, day=min(moment.day, last.day))
    return round(earlier.timestamp() * 1000)


def _anomaly(_: Expressions, at: int) -> Anomaly:
    return Anomaly(at=at)


def _relevant_fields(parts: Expressions, at: int) -> RelevantFields:
    fields: tuple[syntax.Field, ...] = ()
    if not parts.reader.at_word("where"):
        fields = parts.reader.fields()
    parts.reader.need("where", "where and a condition are needed")
    return RelevantFields(fields, parts.expression(), at=at)


COMMANDS = (
    CommandSyntax(("pattern",), "pattern FIELD", _pattern),
    CommandSyntax(("diff",), "diff [previousDay|previousWeek|previousMonth]", _diff),
    CommandSyntax(("logcompare",), "logcompare timeshift PERIOD", _logcompare),
    CommandSyntax(("anomaly",), "anomaly", _anomaly),
    CommandSyntax(
        ("relevantfields",), "relevantfields [FIELD, ...] where CONDITION", _relevant_fields
    ),
)
