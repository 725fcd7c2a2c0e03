"""The echo of what is delivered obeys no line."""

import io

import orjson
import pytest

from cloudwatch_spool.echo import EchoingDelivery
from cloudwatch_spool.events import Event, own_event


class Nowhere:
    """A delivery that takes everything."""

    def send(self, events: list[Event]) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "text",
    ["\x9b2J", "\x7f", "\u2028level", "\u202etxt.exe", "\u200b", "\U000e0041"],
    ids=["C1", "DEL", "a line separator", "right to left", "no width", "a tag"],
)
def test_what_does_not_print_is_escaped(text: str) -> None:
    output = io.StringIO()
    event = own_event("a-1", 0, level="INFO", event="log", message=f"before{text}after")
    EchoingDelivery(Nowhere(), output).send([event])
    [line] = output.getvalue().split("\n")[:-1]
    assert line.isprintable()
    assert "before\\u" in line
    assert orjson.loads(line)["message"] == f"before{text}after"


def test_what_prints_is_as_it_was_delivered() -> None:
    output = io.StringIO()
    event = own_event("a-1", 0, level="INFO", event="log", message="Zoë 東京")
    EchoingDelivery(Nowhere(), output).send([event])
    assert orjson.loads(output.getvalue())["message"] == "Zoë 東京"
