"""Reads the text of a query; refuses, with the place, what is not in the grammar."""

from functools import cache
from importlib.resources import files
from string import ascii_letters

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from ..errors import QueryError
from . import literals, syntax
from .durations import unit_of
from .refusals import refusal

_Node = Tree[Token] | Token


def parse(text: str) -> syntax.Query:
    """The query that the text says. Raises QueryError with the place of what is not understood."""
    try:
        tree = _grammar().parse(text)
    except UnexpectedInput as error:
        raise refusal(error, text) from None
    return _Builder(text).query(tree)


@cache
def _grammar() -> Lark:
    source = files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(source, parser="lalr", propagate_positions=True, maybe_placeholders=True)


def _position(node: _Node) -> int:
    return (node.start_pos if isinstance(node, Token) else node.meta.start_pos) or 0


def _children(tree: Tree[Token]) -> list[_Node]:
    """What was really written: without the placeholders of optional parts that are absent."""
    return [child for child in tree.children if child is not None]


def _tokens(tree: Tree[Token]) -> list[Token]:
    return [child for child in _children(tree) if isinstance(child, Token)]


def _trees(tree: Tree[Token]) -> list[Tree[Token]]:
    return [child for child in _children(tree) if isinstance(child, Tree)]


class _Builder:
    """Makes the parts of a query from the parser's tree."""

    def __init__(self, text: str) -> None:
        self._text = text

    def query(self, tree: Tree[Token]) -> syntax.Query:
        commands = []
        for node in _trees(tree):
            command: syntax.Command = getattr(self, f"_{node.data}")(node)
            commands.append(command)
        return syntax.Query(tuple(commands), text=self._text)

    def _fields(self, tree: Tree[Token]) -> syntax.Fields:
        return syntax.Fields(self._items(_trees(tree)[0]), at=_position(tree))

    def _display(self, tree: Tree[Token]) -> syntax.Display:
        return syntax.Display(self._items(_trees(tree)[0]), at=_position(tree))

    def _filter(self, tree: Tree[Token]) -> syntax.Filter:
        return syntax.Filter(self._expression(_trees(tree)[0]), at=_position(tree))

    def _stats(self, tree: Tree[Token]) -> syntax.Stats:
        aggregates, *groups = (self._items(items) for items in _trees(tree))
        return syntax.Stats(aggregates, groups[0] if groups else (), at=_position(tree))

    def _sort(self, tree: Tree[Token]) -> syntax.Sort:
        keys = tuple(
            syntax.SortKey(
                self._expression(_trees(key)[0]),
                any(token.type == "DESC" for token in _tokens(key)),
                at=_position(key),
            )
            for key in _trees(tree)
        )
        return syntax.Sort(keys, at=_position(tree))

    def _limit(self, tree: Tree[Token]) -> syntax.Limit:
        count = _tokens(tree)[-1]
        if not count.isdecimal() or not 1 <= int(count) <= syntax.MAX_LIMIT:
            reason = f"limit takes a whole number from 1 to {syntax.MAX_LIMIT}"
            raise QueryError(reason, self._text, _position(count))
        return syntax.Limit(int(count), any_rows=len(_tokens(tree)) == 3, at=_position(tree))

    def _parse(self, tree: Tree[Token]) -> syntax.Parse:
        _, *tokens = _tokens(tree)
        source = self._field_of(tokens.pop(0)) if tokens[0].type == "FIELD" else None
        pattern = self._pattern(tokens[0])
        if isinstance(pattern, syntax.Regex):
            names = literals.group_names(pattern.pattern)
            if not names:
                raise QueryError(
                    "this regex names no field; write (?<name>...)",
                    self._text,
                    _position(tokens[0]),
                )
            return syntax.Parse(source, pattern, names, at=_position(tree))
        names = tuple(self._field_of(token).name for token in tokens[1:] if token.type == "FIELD")
        wildcards = pattern.value.count("*")
        if wildcards != len(names):
            reason = f"the pattern has {wildcards} '*' and {len(names)} names; they must be as many"
            raise QueryError(reason, self._text, _position(tokens[0]))
        return syntax.Parse(source, pattern, names, at=_position(tree))

    def _dedup(self, tree: Tree[Token]) -> syntax.Dedup:
        return syntax.Dedup(tuple(map(self._field_of, _tokens(tree)[1:])), at=_position(tree))

    def _items(self, tree: Tree[Token]) -> tuple[syntax.Item, ...]:
        return tuple(map(self._item, _trees(tree)))

    def _item(self, tree: Tree[Token]) -> syntax.Item:
        written, *_ = _children(tree)
        aliases = [token for token in _tokens(tree) if token.type == "FIELD"]
        alias = self._field_of(aliases[0]).name if aliases else None
        assert isinstance(written, Tree)  # noqa: S101 - the grammar says so
        text = " ".join(self._text[written.meta.start_pos : written.meta.end_pos].split())
        return syntax.Item(self._expression(written), alias, text, at=_position(written))

    def _expression(self, node: _Node) -> syntax.Expression:
        assert isinstance(node, Tree)  # noqa: S101 - the grammar says so
        result: syntax.Expression = getattr(self, f"_{node.data}")(node)
        return result

    def _chain(self, tree: Tree[Token]) -> syntax.Expression:
        operands = list(map(self._expression, _trees(tree)))
        operators = _tokens(tree)
        result = operands[0]
        for operator, operand in zip(operators, operands[1:], strict=True):
            result = syntax.Binary(operator.lower(), result, operand, at=_position(operator))
        return result

    def _negate(self, tree: Tree[Token]) -> syntax.Not:
        return syntax.Not(self._expression(_trees(tree)[0]), at=_position(tree))

    def _minus(self, tree: Tree[Token]) -> syntax.Minus:
        return syntax.Minus(self._expression(_trees(tree)[0]), at=_position(tree))

    def _like(self, tree: Tree[Token]) -> syntax.Like:
        subject = self._expression(_trees(tree)[0])
        *words, pattern = _tokens(tree)
        return syntax.Like(subject, self._pattern(pattern), len(words) == 2, at=_position(tree))

    _matches = _like

    def _member(self, tree: Tree[Token]) -> syntax.In:
        subject, *options = map(self._expression, _trees(tree))
        return syntax.In(subject, tuple(options), len(_tokens(tree)) == 2, at=_position(tree))

    def _duration(self, tree: Tree[Token]) -> syntax.Duration:
        written = str(tree.children[0])
        count = written.rstrip(ascii_letters)
        return syntax.Duration(int(count), unit_of(written[len(count) :]), at=_position(tree))

    def _number(self, tree: Tree[Token]) -> syntax.Number:
        return syntax.Number(str(tree.children[0]), at=_position(tree))

    def _string(self, tree: Tree[Token]) -> syntax.String:
        return syntax.String(literals.unquote(str(tree.children[0])), at=_position(tree))

    def _call(self, tree: Tree[Token]) -> syntax.Call:
        name, *star = _tokens(tree)
        arguments = tuple(map(self._expression, _trees(tree)))
        return syntax.Call(name.lower(), arguments, star=bool(star), at=_position(tree))

    def _field(self, tree: Tree[Token]) -> syntax.Field:
        return self._field_of(_tokens(tree)[0])

    def _field_of(self, token: Token) -> syntax.Field:
        return syntax.Field(literals.field_path(token), at=_position(token))

    def _pattern(self, token: Token) -> syntax.String | syntax.Regex:
        if token.type == "STRING":
            return syntax.String(literals.unquote(token), at=_position(token))
        pattern = token[1:-1].replace("\\/", "/")
        if literals.has_look_around(pattern):
            raise QueryError(
                "regular expressions are RE2, which has no look-around",
                self._text,
                _position(token),
            )
        return syntax.Regex(pattern, at=_position(token))
