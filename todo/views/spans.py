"""What a request's time is made of, and how what repeats is shown once."""

from dataclasses import dataclass, field, replace

__all__ = ["Span", "folded"]

_LEAST_REPEATED = 4


@dataclass(frozen=True)
class Span:
    """Something that took time: it began `start_ms` after the request did. Of a statement also the
    fingerprint and the code that sent it, where they are known.
    """

    kind: str
    start_ms: float
    duration_ms: float
    text: str
    fingerprint: str = field(default="", compare=False)
    origin: str = field(default="", compare=False)


def folded(spans: list[Span]) -> list[Span]:
    """The spans, of which statements that were sent again and again are one: from the start of the
    first to the end of the last, with how often and how long in all.
    """
    found: list[Span] = []
    rest = list(spans)
    while rest:
        run = _repeated(rest)
        queries = [span for span in run if span.kind == "query"]
        if len(queries) < _LEAST_REPEATED:
            found.append(rest.pop(0))
            continue
        del rest[: len(run)]
        took_ms = sum(span.duration_ms for span in queries)
        end_ms = max(span.start_ms + span.duration_ms for span in queries)
        text = f"{len(queries)} times, {took_ms:,.1f} ms in all: {queries[0].text}"
        duration_ms = end_ms - queries[0].start_ms
        origin = next((span.origin for span in queries if span.origin), "")
        found.append(replace(queries[0], duration_ms=duration_ms, text=text, origin=origin))
    return found


def _repeated(spans: list[Span]) -> list[Span]:
    """The spans from the first on that are the same statement, and the gaps between them."""
    last = 0
    for place, span in enumerate(spans):
        if span.kind == "query" and span.text == spans[0].text:
            last = place
        elif span.kind != "application":
            break
    return spans[: last + 1]
