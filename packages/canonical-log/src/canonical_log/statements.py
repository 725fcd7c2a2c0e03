"""What a SQL statement is, apart from the values in it. Worked out once for each text."""

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Statement", "describe"]

MAX_STATEMENT_CHARACTERS = 4000
MAX_READ_CHARACTERS = 20_000

_MYSQL = ("mysql", "mariadb")
# What differs: another comment, how a name is quoted, and what a text in double quotes is.
_STANDARD = (r"--[^\n]*", r'"(?:[^"]|"")*"', r'" .* \Z')
_OF_MYSQL = (
    r"(?: -- | \# )[^\n]*",
    r"`(?:[^`]|``)*`",
    r'" (?: [^"\\] | "" | \\(?!") )* (?: " | \\".*\Z | \Z ) | ` .* \Z',
)


def _token(comment: str, quoted_name: str, double_quoted: str) -> re.Pattern[str]:
    return re.compile(
        rf"""
    (?P<comment> {comment} | /(?P<block>\*) )
    # Oracle's: q'[it's]', with a bracket or any other mark.
    | [nN]?[qQ]' (?: \[.*?\]' | \{{.*?\}}' | \(.*?\)' | <.*?>'
              | (?P<q>[^\s\w\[\{{(<]).*?(?P=q)' | .*\Z )
    | (?P<keep> %\(\w+\)s | %s | \$\d+ | :[A-Za-z_]\w* | {quoted_name}
              | (?! [eEbBxXnN]' ) [A-Za-z_][\w$]* )
    | {double_quoted}
    | [eE] ' (?: [^'\\] | '' | \\. )* (?: ' | \Z )
    # Whether a backslash escapes the quote after it depends on the database: all that follows is
    # masked then.
    | [bBxXnN]? ' (?: [^'\\] | '' | \\(?!') )* (?: ' | \\'.*\Z | \Z )
    | \$(?P<tag>\w*)\$ .*? (?: \$(?P=tag)\$ | \Z )
    | \d\w* (?: \.\d\w* )? (?: (?<=[eE])[+-]\d+ )?
    """,
        re.VERBOSE | re.DOTALL,
    )


_TOKEN, _TOKEN_OF_MYSQL = _token(*_STANDARD), _token(*_OF_MYSQL)
_COMMENT_MARK = re.compile(r"/\*|\*/")
_NAME = r"""(?:"[^"]+"|`[^`]+`|\w+)"""
_TABLE = re.compile(
    rf"\b(?:FROM|INTO|UPDATE|JOIN|TABLE)\s+(?:ONLY\s+)?({_NAME}(?:\.{_NAME})*)", re.IGNORECASE
)
_NO_QUOTES = str.maketrans("", "", '"`')
_VALUE = r"(?:\?|%s|%\(\w+\)s|\$\d+|:\w+)(?:::\w+)?"
_SAVEPOINT = re.compile(r"\bsa_savepoint_\d+")  # SQLAlchemy numbers them
_LIST = re.compile(rf"\(\s*{_VALUE}(?:\s*,\s*{_VALUE})*\s*\)")


class Statement(NamedTuple):
    """`text` has its white space folded and its literals masked; alike statements share the
    `fingerprint`.
    """

    text: str
    fingerprint: str
    operation: str
    table: str | None


def describe(sql: str, dialect: str = "") -> Statement:
    """The description of a statement. Comments are left out of it, and what comes after 20,000
    characters. `dialect` is SQLAlchemy's name of the database: in MySQL and MariaDB what is in
    double quotes is a value.
    """
    return _describe(
        sql[:MAX_READ_CHARACTERS], dialect in _MYSQL
    )  # an INSERT of many rows would fill the cache's memory


@lru_cache(maxsize=1024)
def _describe(sql: str, is_mysql: bool) -> Statement:
    token = _TOKEN_OF_MYSQL if is_mysql else _TOKEN
    text = " ".join("".join(_masked(sql, token)).split())
    table = _TABLE.search(text)
    # A list of values counts as one, or each length of an IN list would be a statement of its own.
    alike = re.sub(r"\(\?\)(\s*,\s*\(\?\))+", "(?)", _LIST.sub("(?)", text))
    alike = _SAVEPOINT.sub("sa_savepoint", alike)
    return Statement(
        text=text[:MAX_STATEMENT_CHARACTERS],
        fingerprint=hashlib.blake2b(alike.encode(errors="replace"), digest_size=4).hexdigest(),
        operation=text.partition(" ")[0].upper()[:32],
        table=table[1].translate(_NO_QUOTES) if table else None,
    )


def _masked(sql: str, token: re.Pattern[str]) -> Iterator[str]:
    position = 0
    while match := token.search(sql, position):
        yield sql[position : match.start()]
        yield " " if match["comment"] else match["keep"] or "?"
        position = _end_of_comment(sql, match.end()) if match["block"] else match.end()
    yield sql[position:]


def _end_of_comment(sql: str, position: int) -> int:
    """Where a comment ends that has begun. PostgreSQL lets comments be in one another; one that
    does not end takes all that follows.
    """
    depth = 1
    for mark in _COMMENT_MARK.finditer(sql, position):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(sql)
