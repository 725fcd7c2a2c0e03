"""Reads expressions, from the loosest binding operator (or) to the tightest (a sign)."""

from collections.abc import Callable

from . import syntax
from .reader import Reader
from .tokens import Kind

QueryReader = Callable[[Reader], syntax.Query | None]

_COMPARISONS = {"=": "=", "==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_MATCHES = ("=~", "~=")
_RESERVED = frozenset(("and", "or", "not", "like", "in", "by", "as", "asc", "desc"))
_MEANT = {"&&": "and", "||": "or", "<>": "!="}
_DEEPEST = 50  # brackets, calls and signs inside one another, a dozen calls of Python each


class Expressions:
    """Reads expressions; `query` reads the subquery that may stand behind `in (`, if one does."""

    def __init__(self, reader: Reader, query: QueryReader) -> None:
        """Reads on from where the reader is."""
        self.reader = reader
        self._query = query

    def expression(self) -> syntax.Expression:
        """The expression that comes next. Raises QueryError."""
        self._deeper()
        result = self._chain(self._conjunction, "or")
        self.reader.depth -= 1
        if self.reader.token.text in _MEANT:
            token = self.reader.token
            raise self.reader.error(f"write {_MEANT[token.text]} instead of {token.text}", token.at)
        return result

    def items(self) -> tuple[syntax.Item, ...]:
        """One expression or more between commas, each with or without an alias."""
        found = [self._item()]
        while self.reader.skip(","):
            found.append(self._item())
        return tuple(found)

    def subquery(self, what: str) -> syntax.Query:
        """The query between brackets that comes next. Raises QueryError."""
        self.reader.need("(", f"{what} is a query between ( and )")
        query = self._query(self.reader)
        if query is None:
            raise self.reader.unexpected(f"{what} is a query")
        self.reader.need(")")
        return query

    def _item(self) -> syntax.Item:
        start = self.reader.token.at
        expression = self.expression()
        text = " ".join(self.reader.text[start : self.reader.end].split())
        alias = self.reader.name("a name for the column") if self.reader.skip("as") else None
        return syntax.Item(expression, alias, text, at=start)

    def _deeper(self) -> None:
        self.reader.depth += 1
        if self.reader.depth > _DEEPEST:
            raise self.reader.error(
                f"more than {_DEEPEST} brackets inside one another", self.reader.token.at
            )

    def _chain(
        self, operand: Callable[[], syntax.Expression], *operators: str
    ) -> syntax.Expression:
        result = operand()
        while operator := self.reader.skip(*operators):
            result = syntax.Binary(operator.word, result, operand(), at=operator.at)
        return result

    def _conjunction(self) -> syntax.Expression:
        return self._chain(self._negation, "and")

    def _negation(self) -> syntax.Expression:
        word = self.reader.skip("not", "!")
        if word is None:
            return self._comparison()
        self._deeper()
        operand = self._negation()
        self.reader.depth -= 1
        return syntax.Not(operand, at=word.at)

    def _comparison(self) -> syntax.Expression:
        left = self._sum()
        reader = self.reader
        operator = reader.skip(*_COMPARISONS)
        if operator:
            if reader.text.startswith("http", reader.token.at) and reader.after().text == ":":
                raise reader.unexpected("an address is a text, write it in quotes")
            return syntax.Binary(_COMPARISONS[operator.text], left, self._operand(), at=operator.at)
        operator = reader.skip(*_MATCHES)
        if operator:
            return syntax.Like(left, reader.pattern(), at=operator.at)
        negated = bool(reader.at_word("not") and reader.after().word in ("like", "in"))
        if negated:
            reader.take()
        operator = reader.skip("like", "in")
        if operator is None:
            return left
        if operator.word == "in":
            return syntax.In(left, self._options(), negated, at=operator.at)
        return syntax.Like(left, reader.pattern(), negated, at=operator.at)

    def _operand(self) -> syntax.Expression:
        """The right side of a comparison; `not` may stand there, as in `a = not b`."""
        return self._negation() if self.reader.at_word("not", "!") else self._sum()

    def _options(self) -> tuple[syntax.Expression, ...] | syntax.Query:
        reader = self.reader
        opening = reader.skip("[", "(")
        if opening is None:
            raise reader.unexpected("a list such as ['a', 'b'] is needed")
        query = self._query(reader) if opening.text == "(" else None
        if query is not None:
            reader.need(")")
            return query
        if opening.text == "(":
            raise reader.unexpected("a list stands between [ and ], and ( begins a query")
        found = [self.expression()]
        while reader.skip(","):
            found.append(self.expression())
        reader.need("]")
        return tuple(found)

    def _sum(self) -> syntax.Expression:
        return self._chain(self._product, "+", "-")

    def _product(self) -> syntax.Expression:
        return self._chain(self._power, "*", "/", "%")

    def _power(self) -> syntax.Expression:
        base = self._unary()
        operator = self.reader.skip("^")
        if operator is None:
            return base
        self._deeper()
        exponent = self._power()
        self.reader.depth -= 1
        return syntax.Binary("^", base, exponent, at=operator.at)

    def _unary(self) -> syntax.Expression:
        sign = self.reader.skip("-", "+")
        if sign is None:
            return self._primary()
        self._deeper()
        operand = self._unary()
        self.reader.depth -= 1
        return syntax.Minus(operand, at=sign.at) if sign.text == "-" else operand

    def _primary(self) -> syntax.Expression:
        reader = self.reader
        token = reader.token
        match token.kind:
            case Kind.NUMBER:
                reader.take()
                return syntax.Number(token.text, at=token.at)
            case Kind.STRING:
                return reader.string()
            case Kind.DURATION:
                return reader.duration()
            case Kind.NAME if token.word not in _RESERVED:
                return self._named()
        if reader.skip("("):
            inner = self.expression()
            reader.need(")")
            return self._inside(inner)
        raise reader.unexpected("an expression is needed")

    def _named(self) -> syntax.Expression:
        token = self.reader.token
        if token.word and self.reader.after().text == "(":
            return self._inside(self._call())
        if token.word in ("true", "false"):
            self.reader.take()
            return syntax.Boolean(token.word == "true", at=token.at)
        return self.reader.field()

    def _call(self) -> syntax.Call:
        reader = self.reader
        name = reader.take()
        reader.need("(")
        star = bool(reader.skip("*"))
        arguments: list[syntax.Expression] = []
        if not star and not reader.at_word(")"):
            arguments.append(self._argument(name.text))
            while reader.skip(","):
                arguments.append(self._argument(name.text))
        reader.need(")", "a comma or ) is missing")
        return syntax.Call(
            name.word.replace("_", ""), tuple(arguments), star, name.text, at=name.at
        )

    def _argument(self, name: str) -> syntax.Expression:
        """An argument; a period may be written with a space, as in `bin(1 hour)`."""
        reader = self.reader
        if reader.token.text.isdecimal() and reader.after().kind is Kind.NAME:
            return reader.duration()
        if reader.at_word("/"):
            raise reader.unexpected(f"{name}() takes no pattern; like and =~ do")
        return self.expression()

    def _inside(self, owner: syntax.Expression) -> syntax.Expression:
        at = self.reader.token.at
        path = self.reader.access()
        return syntax.Access(owner, path, at=at) if path else owner
