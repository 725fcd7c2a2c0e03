"""A user's script, for type checkers: they find no fault in it, and see what it calls."""

from pathlib import Path
from typing import assert_type

from logs_insights import QueryError, Results, TimeRange, named_files, parse, run_local


def slowest(folder: Path) -> list[dict[str, str]]:
    text = "sort duration_ms desc | limit 3"
    try:
        parse(text)
        files = named_files(sorted(folder.glob("*.ndjson")))
        results = run_local(text, files, TimeRange(0, 1_700_000_000_000))
    except QueryError as error:
        assert_type(error.position, int)
        raise SystemExit(error.show()) from None
    assert_type(results, Results)
    return results.records()
