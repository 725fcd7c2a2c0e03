"""parse in all its ways: a glob, a regex, logfmt, CSV, XML."""

# ruff: noqa: S608 - these modules exist to write SQL; every name and text in it is quoted

from ...language.commands.parse import ParseCsv, ParseGlob, ParseLogfmt, ParseRegex, ParseXml
from ...language.literals import count_groups, plain_groups
from ...language.syntax import Field
from ..pipeline import Compilers, Pipeline
from ..steps import SOURCE
from ..values import Kind, Value, quoted
from ..xml import value_at
from .texts import mapped

# A key with a value: plain, or between quotes in which \" is a quote.
_PAIR = r'([^\s="]+)=("(?:\\.|[^"\\])*"|[^\s]*)'

# What a connection must define before it runs the SQL of this module.
MACROS = (
    "CREATE MACRO csv_value(x) AS CASE WHEN starts_with(x, '\"')"
    " THEN replace(x[2:-2], '\"\"', '\"') ELSE x END",
    "CREATE MACRO csv_values(x) AS list_transform(regexp_extract_all(x || ',',"
    ' \'(\\s*"(?:[^"]|"")*"\\s*|[^,]*),\', 1), lambda v: csv_value(trim(v)))',
    "CREATE MACRO logfmt_value(x) AS CASE WHEN starts_with(x, '\"')"
    " THEN regexp_replace(x[2:-2], '\\\\(.)', '\\1', 'g') ELSE x END",
    # The last of several values of a key counts.
    "CREATE MACRO logfmt_of(keys, vals) AS to_json(map_from_entries(list_filter(list_transform("
    "range(1, len(keys) + 1), lambda i: {'k': keys[i], 'v': logfmt_value(vals[i]), 'last':"
    " NOT list_contains(keys[i + 1:], keys[i])}), lambda e: e.last).list_transform("
    "lambda e: {'k': e.k, 'v': e.v})))",
    f"CREATE MACRO logfmt_map(x) AS logfmt_of(regexp_extract_all(x, '{_PAIR}', 1),"
    f" regexp_extract_all(x, '{_PAIR}', 2))",
)


def _text(pipeline: Pipeline, source: Field) -> str:
    value = Value(pipeline.cast.text(pipeline.of.value(source)), Kind.TEXT)
    return pipeline.cast.column(value).sql


def _glob(pipeline: Pipeline, command: ParseGlob) -> None:
    text = _text(pipeline, command.source)
    places = tuple(range(1, len(command.names) + 1))
    if places:
        _extract(pipeline, text, _as_regex(command.pattern), command.names, places)


def _regex(pipeline: Pipeline, command: ParseRegex) -> None:
    pipeline.of.check_regex(command.pattern)
    text = _text(pipeline, command.source)
    pattern = plain_groups(command.pattern.pattern)
    if command.multi:
        matches = f"regexp_extract_all({text}, {quoted(pattern)})"
        match = pipeline.steps.new_column()
        none = f"CASE WHEN len({matches}) = 0 THEN [NULL] ELSE coalesce({matches}, [NULL]) END"
        pipeline.steps.add(f"SELECT *, unnest({none}) AS {match} FROM {SOURCE}")
        text = match
    _extract(pipeline, text, pattern, command.names, command.places)


def _extract(
    pipeline: Pipeline, text: str, pattern: str, names: tuple[str, ...], places: tuple[int, ...]
) -> None:
    """A column for each group; missing where the text does not match, or the group has no part in
    the match.
    """
    groups = ", ".join(f"'g{place}'" for place in range(1, count_groups(pattern) + 1))
    regex = quoted(pattern)
    found = pipeline.cast.define(
        f"CASE WHEN regexp_matches({text}, {regex})"
        f" THEN regexp_extract({text}, {regex}, [{groups}]) END"
    )
    for name, place in zip(names, places, strict=True):
        # Only of an empty text it is not sure that the group matched it.
        surely = f"regexp_extract_all({text}, {regex}, {place})[1]"
        group = f"{found}.g{place}"
        sql = f"CASE WHEN {group} = '' THEN {surely} ELSE {group} END"
        pipeline.define(name, Value(sql, Kind.TEXT))


def _as_regex(glob: str) -> str:
    """A glob as a regex: each * takes as little as it can, a last one takes the rest."""
    pieces = [_escape(piece) for piece in glob.split("*")]
    last = pieces.pop()
    return "(?s)" + "(.*?)".join(pieces) + ("(.*?)" + last if last else "(.*)")


def _escape(piece: str) -> str:
    return "".join(
        character if character.isalnum() else f"\\x{{{ord(character):x}}}" for character in piece
    )


def _logfmt(pipeline: Pipeline, command: ParseLogfmt) -> None:
    text = _text(pipeline, command.source)
    pairs = f"CASE WHEN contains({text}, '=') THEN logfmt_map({text}) END"
    pipeline.define(command.name, Value(pairs, Kind.STRUCTURE))


def _csv(pipeline: Pipeline, command: ParseCsv) -> None:
    values = pipeline.cast.define(f"csv_values({_text(pipeline, command.source)})")
    for place, name in enumerate(command.names, 1):
        pipeline.define(name, Value(f"{values}[{place}]", Kind.TEXT))


def _xml(pipeline: Pipeline, command: ParseXml) -> None:
    text = _text(pipeline, command.source)
    path = command.path
    try:
        value_at("<a/>", path)
    except ValueError as error:
        raise pipeline.of.refuse(str(error), command.at) from None
    column = mapped(pipeline, text, "LIKE '%<%'", lambda each: value_at(each, path))
    pipeline.define(command.name, Value(column, Kind.TEXT))


COMPILERS: Compilers = {
    ParseGlob: _glob,
    ParseRegex: _regex,
    ParseLogfmt: _logfmt,
    ParseCsv: _csv,
    ParseXml: _xml,
}
