"""Turns expressions into typed SQL, in the scope of the pipeline."""

import time
from collections.abc import Callable

from ..errors import QueryError
from ..language import syntax
from ..time_range import TimeRange
from . import dates
from .aggregates import AGGREGATES
from .comparisons import compare, like, member, negation
from .functions import FUNCTIONS, arithmetic
from .scope import Scope
from .values import NULL, Kind, Value, number_literal, text_literal, truth

Calls = Callable[[syntax.Call], Value]

_COMPARISONS = frozenset(("=", "!=", "<", "<=", ">", ">="))
_PERIOD_FUNCTIONS = {"datefloor": dates.floor, "dateceil": dates.ceil}


class Expressions:
    """The SQL of expressions of one query; `scope` says what names mean at the moment."""

    def __init__(self, text: str, scope: Scope, time_range: TimeRange) -> None:
        """The scope is read, not copied: it may go on changing."""
        self._text = text
        self._scope = scope
        self._time_range = time_range

    def refuse(self, reason: str, at: int) -> QueryError:
        """The error to raise for a part of the query."""
        return QueryError(reason, self._text, at)

    def within(self, scope: Scope) -> "Expressions":
        """The same with other meanings of the names."""
        return Expressions(self._text, scope, self._time_range)

    def value(self, part: syntax.Expression, call: Calls | None = None) -> Value:
        """The SQL of an expression; `call`, if given, makes that of the function calls in it."""
        calculated = self._scope.results.get(part)
        return calculated if calculated is not None else self._compiled(part, call or self.call)

    def _compiled(self, part: syntax.Expression, call: Calls) -> Value:
        match part:
            case syntax.Number(text):
                return number_literal(text)
            case syntax.String(text):
                return text_literal(text)
            case syntax.Field():
                return self._scope.resolve(part)
            case syntax.Call():
                return call(part)
            case syntax.Minus(operand):
                return arithmetic("-", number_literal("0"), self.value(operand, call))
            case syntax.Not(operand):
                return negation(Value(truth(self.value(operand, call)), Kind.TRUTH))
            case syntax.Binary(operator, left, right):
                return _binary(operator, self.value(left, call), self.value(right, call))
            case syntax.Like() | syntax.In():
                return self._search(part, call)
            case syntax.Duration():
                raise self.refuse("a period stands only in bin, datefloor and dateceil", part.at)

    def _search(self, part: syntax.Like | syntax.In, call: Calls) -> Value:
        subject = self.value(part.subject, call)
        if isinstance(part, syntax.Like):
            found = like(subject, part.pattern)
        else:
            found = member(subject, [self.value(option, call) for option in part.options])
        return negation(found) if part.negated else found

    def call(self, call: syntax.Call, inner: Calls | None = None) -> Value:
        """The SQL of a function that is not an aggregate; `inner` makes that of calls in its
        arguments.
        """
        if call.name in AGGREGATES:
            raise self.refuse(f"{call.name}() is an aggregate; it stands only in stats", call.at)
        special = self._special(call, inner)
        if special is not None:
            return special
        function = FUNCTIONS.get(call.name)
        if function is None:
            raise self.refuse(f"there is no function {call.name}() here", call.at)
        self.check_count(call, function.at_least, function.at_most)
        return function.build(*(self.value(argument, inner) for argument in call.arguments))

    def check_count(self, call: syntax.Call, at_least: int, at_most: int) -> None:
        """Raise unless the call has that many arguments."""
        if call.star or not at_least <= len(call.arguments) <= at_most:
            wanted = str(at_least) if at_least == at_most else f"{at_least} to {at_most}"
            raise self.refuse(f"{call.name}() takes {wanted} argument(s)", call.at)

    def _special(self, call: syntax.Call, inner: Calls | None) -> Value | None:
        """Functions that need more than the values of their arguments."""
        if call.name == "bin":
            self.check_count(call, 1, 1)
            timestamp = self._scope.timestamp()
            if timestamp is None:
                raise self.refuse(
                    "bin() needs @timestamp, which the first stats dropped; use datefloor", call.at
                )
            return dates.floor(timestamp, call.arguments[0], self.refuse)
        if call.name in _PERIOD_FUNCTIONS:
            self.check_count(call, 2, 2)
            moment = self.value(call.arguments[0], inner)
            return _PERIOD_FUNCTIONS[call.name](moment, call.arguments[1], self.refuse)
        if call.name == "formatdate":
            self.check_count(call, 2, 2)
            moment, pattern = (self.value(argument, inner) for argument in call.arguments)
            return dates.format_date(moment, pattern, call.at, self.refuse)
        return self._clock(call)

    def _clock(self, call: syntax.Call) -> Value | None:
        start, end = self._time_range.start_ms, self._time_range.end_ms
        moments = {
            "now": int(time.time()),
            "querystarttime": start,
            "queryendtime": end,
            "querytimerange": None if start is None or end is None else end - start,
        }
        if call.name not in moments:
            return None
        self.check_count(call, 0, 0)
        moment = moments[call.name]
        return NULL if moment is None else number_literal(str(moment))


def _binary(operator: str, left: Value, right: Value) -> Value:
    if operator in ("and", "or"):
        return Value(f"({truth(left)} {operator.upper()} {truth(right)})", Kind.TRUTH)
    if operator in _COMPARISONS:
        return compare(operator, left, right)
    return arithmetic(operator, left, right)
