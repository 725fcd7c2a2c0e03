"""Turns expressions into typed SQL, in the scope of the pipeline."""

from collections.abc import Callable, Mapping
from zoneinfo import available_timezones

from ..errors import QueryError
from ..language import syntax
from ..language.hints import nearest
from ..language.literals import plain_groups
from ..time_range import TimeRange
from . import aggregates, comparisons, periods
from .functions import FUNCTIONS
from .functions.numbers import arithmetic
from .functions.times import SPECIAL
from .regexes import problem
from .scope import Scope, inside
from .values import Cast, Kind, Value, number_literal, text_literal

Subquery = Callable[[syntax.Query], str]

_COMPARISONS = frozenset(("=", "!=", "<", "<=", ">", ">="))
_SPECIAL = {name.lower(): build for name, build in SPECIAL.items()}
_DEEPEST = 40  # operators inside one another in a piece of SQL; DuckDB's own limit is 1000


class Expressions:
    """The SQL of expressions of one query; `scope` says what names mean at the moment."""

    def __init__(
        self, text: str, scope: Scope, cast: Cast, time_range: TimeRange, subquery: Subquery
    ) -> None:
        """The scope is read, not copied: it may go on changing. `subquery` gives the relation of
        match keys that a query has.
        """
        self.scope = scope
        self.cast = cast
        self.time_range = time_range
        self._text = text
        self._subquery = subquery
        self._aggregated: Mapping[syntax.Call, Value] = {}

    def refuse(self, reason: str, at: int) -> QueryError:
        """The error to raise for a part of the query."""
        return QueryError(reason, self._text, at)

    def within(self, scope: Scope, aggregated: Mapping[syntax.Call, Value]) -> "Expressions":
        """The same with other meanings of names, and columns for calls of aggregates."""
        inner = Expressions(self._text, scope, self.cast, self.time_range, self._subquery)
        inner._aggregated = aggregated
        return inner

    def value(self, part: syntax.Expression) -> Value:
        """The SQL of an expression. Raises QueryError."""
        calculated = self._calculated(part)
        if calculated is not None:
            return calculated
        match part:
            case syntax.Field():
                return self.scope.resolve(part)
            case syntax.Call():
                return self.call(part)
            case syntax.Access(owner, path):
                return self._access(owner, path)
            case syntax.Minus(operand):
                return arithmetic(self.cast, "-", number_literal("0"), self.value(operand))
            case syntax.Not(operand):
                truth = self.cast.truth(self.value(operand))
                return comparisons.negation(Value(truth, Kind.TRUTH))
            case syntax.Binary():
                return self._binary(part)
            case syntax.Like() | syntax.In():
                return self._search(part)
        return self._literal(part)

    def _literal(self, part: syntax.Expression) -> Value:
        match part:
            case syntax.Number(text):
                return number_literal(text)
            case syntax.String(text):
                return text_literal(text)
            case syntax.Boolean(value):
                written = "true" if value else "false"
                return Value(written, Kind.TRUTH, written)
        reason = "a period stands only in bin, datefloor and dateceil, or behind a time and + or -"
        raise self.refuse(reason, part.at)

    def constant(self, part: syntax.Expression, what: str) -> str:
        """The text of a string that must be written out. Raises QueryError."""
        if not isinstance(part, syntax.String):
            raise self.refuse(f"{what} must be a string", part.at)
        return part.value

    def check_regex(self, pattern: syntax.String | syntax.Regex) -> None:
        """Raise QueryError for what is no regular expression."""
        if isinstance(pattern, syntax.Regex):
            found = problem(plain_groups(pattern.pattern))
            if found:
                raise self.refuse(f"this is not a regular expression: {found}", pattern.at)

    def time_zone(self, part: syntax.Expression) -> str:
        """A time zone by its name. Raises QueryError when there is none of it."""
        zone = self.constant(part, "a time zone")
        zones = available_timezones()
        if zones and zone not in zones:
            near = nearest(zone, zones)
            raise self.refuse(
                f"there is no time zone {zone!r}; "
                + (f"did you mean {near}?" if near else "")
                + " write one such as Europe/Berlin",
                part.at,
            )
        return zone

    def call(self, call: syntax.Call) -> Value:
        """The SQL of a function call; that of an aggregate has a meaning only in stats."""
        if call in self._aggregated:
            return self._aggregated[call]
        if call.name in aggregates.NAMES:
            reason = f"{call.written}() is an aggregate; it stands only in stats"
            raise self.refuse(reason, call.at)
        if call.name in _SPECIAL:
            return _SPECIAL[call.name](self, call)
        function = FUNCTIONS.get(call.name)
        if function is None:
            raise self.unknown(call)
        self.check_count(call, function.at_least, function.at_most)
        return function.build(self.cast, *map(self.value, call.arguments))

    def unknown(self, call: syntax.Call) -> QueryError:
        """The error to raise for a function that does not exist."""
        every = [function.name for function in FUNCTIONS.values()]
        every += [each.name for each in aggregates.AGGREGATES.values()]
        near = nearest(call.written, [*every, *SPECIAL, *aggregates.SPECIAL])
        meant = f"; did you mean {near}()?" if near else ""
        if call.name[:1] == "p" and call.name[1:].isdecimal():
            meant = f"; write pct(..., {call.name[1:]})"
        return self.refuse(f"there is no function {call.written}(){meant}", call.at)

    def is_known(self, call: syntax.Call) -> bool:
        """Whether there is such a function, aggregate or not."""
        return call.name in FUNCTIONS or call.name in _SPECIAL or call.name in aggregates.NAMES

    def check_count(self, call: syntax.Call, at_least: int, at_most: int) -> None:
        """Raise unless the call has that many arguments."""
        if call.star or not at_least <= len(call.arguments) <= at_most:
            wanted = str(at_least) if at_least == at_most else f"{at_least} to {at_most}"
            raise self.refuse(f"{call.written}() takes {wanted} argument(s)", call.at)

    def _calculated(self, part: syntax.Expression) -> Value | None:
        """What stats has calculated already; a chain so long that comparing it would end Python's
        stack is none.
        """
        if not self.scope.results:
            return None
        depth, left = 0, part
        while isinstance(left, syntax.Binary) and depth < _DEEPEST:
            depth, left = depth + 1, left.left
        return self.scope.results.get(part) if depth < _DEEPEST else None

    def _access(self, owner: syntax.Expression, path: tuple[str | int, ...]) -> Value:
        value = self.value(owner)
        structure = Value(self.cast.structure(value), Kind.STRUCTURE)
        return inside(self.cast.column(structure), path)

    def _binary(self, part: syntax.Binary) -> Value:
        """A chain such as a + b + c leans to the left and may be long, so it is no recursion."""
        spine: list[syntax.Binary] = []
        first: syntax.Expression = part
        while isinstance(first, syntax.Binary) and not self._calculated(first):
            spine.append(first)
            first = first.left
        result = self.value(first)
        for depth, each in enumerate(reversed(spine), 1):
            if result.kind is Kind.TIME and isinstance(each.right, syntax.Duration):
                result = self._shifted(each.operator, result, each.right)
            else:
                result = self._combined(each.operator, result, self.value(each.right))
            if depth % _DEEPEST == 0:
                result = self.cast.column(result)
        return result

    def _shifted(self, operator: str, moment: Value, by: syntax.Duration) -> Value:
        """A time so much later or earlier, as in `datefloor(@timestamp + 9h, 1d)`."""
        if operator not in "+-":
            raise self.refuse("a period can only be added to a time or taken from it", by.at)
        return Value(f"({moment.sql} {operator} {periods.interval(by)})", Kind.TIME)

    def _combined(self, operator: str, left: Value, right: Value) -> Value:
        if operator in ("and", "or"):
            both = f"({self.cast.truth(left)} {operator.upper()} {self.cast.truth(right)})"
            return Value(both, Kind.TRUTH)
        if operator in _COMPARISONS:
            return comparisons.compare(self.cast, operator, left, right)
        return arithmetic(self.cast, operator, left, right)

    def _search(self, part: syntax.Like | syntax.In) -> Value:
        subject = self.value(part.subject)
        if isinstance(part, syntax.Like):
            self.check_regex(part.pattern)
            found = comparisons.like(self.cast, subject, part.pattern)
        elif isinstance(part.options, syntax.Query):
            found = comparisons.member_of(self.cast, subject, self._subquery(part.options))
        else:
            found = comparisons.member(self.cast, subject, list(map(self.value, part.options)))
        return comparisons.negation(found) if part.negated else found
