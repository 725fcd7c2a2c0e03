"""A way to ask a question about a few events, and the events of a small application."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from logs_insights import named_files, run_local


@pytest.fixture
def events_file(tmp_path: Path) -> Callable[[Iterable[dict]], Path]:
    """Call it with events for a file of them; those without a timestamp get one, a second apart."""

    def write(events: Iterable[dict]) -> Path:
        path = tmp_path / "events.ndjson"
        lines = (
            json.dumps({"timestamp": f"2026-11-23T10:00:{number:02d}.000Z", **event})
            for number, event in enumerate(events)
        )
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return write


@pytest.fixture
def ask(events_file: Callable[[Iterable[dict]], Path]) -> Callable[..., list[dict[str, str]]]:
    """Call it with a query and events for the rows of the answer."""

    def answer(query: str, events: Iterable[dict]) -> list[dict[str, str]]:
        return run_local(query, named_files([events_file(events)])).records()

    return answer
