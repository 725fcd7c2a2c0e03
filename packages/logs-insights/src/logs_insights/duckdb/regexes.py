"""Whether a regular expression is one, asked of the database itself."""

from functools import cache

import duckdb


def problem(pattern: str) -> str | None:
    """What is wrong with a pattern of RE2; None if nothing is."""
    try:
        _connection().cursor().execute("SELECT regexp_matches('', ?)", [pattern])
    except duckdb.InvalidInputException as error:
        return str(error).removeprefix("Invalid Input Error: ")
    return None


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:")
