"""What the first lines say of all of them: which texts cannot be among the first of a sort.

So many rows of a sample as are wanted are at or before a bound, hence none behind it is. Whether a
text is behind it is asked in a way that costs little, and may say no too often.
"""

import heapq
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .values import quoted

SAMPLE_CHARACTERS = 64  # of a text: more than a pattern looks at
_MOST_CHARACTERS = 12  # that a pattern looks at
_RUN = re.compile("([0-9]+)")
_ASCII = re.compile(r"[\0-\x7f]*")
_LIKE_A_NUMBER = r"[-+.0-9eE_\x09-\x0d ]*"
_END_OF_RUN = "(?:$|[^0-9])"


@dataclass(frozen=True)
class FirstKey:
    """The columns of what rows are ordered by first: as text, and as number where it is one."""

    text: str
    number: str
    descending: bool


def may_be_first(sample: Sequence[tuple[str, float | None]], most: int, *, descending: bool) -> str:
    """SQL for whether the text `x` may be among the first so many, of which a sample is given: the
    first SAMPLE_CHARACTERS of texts, and the numbers that they are.
    """
    numbers = [number for _, number in sample if number is not None]
    texts = [text for text, number in sample if number is None]
    natural = {text: _natural(text) for text in set(texts)}.__getitem__
    if len(sample) < most:
        return "true"
    if descending and len(numbers) >= most:
        return f"to_number(x) >= {heapq.nlargest(most, numbers)[-1]!r}"
    if descending:
        return _not_before(heapq.nlargest(most - len(numbers), texts, natural)[-1])
    if len(texts) >= most:
        return _not_after(heapq.nsmallest(most, texts, natural)[-1])
    return f"coalesce(to_number(x) <= {heapq.nsmallest(most - len(texts), numbers)[-1]!r}, true)"


def _natural(text: str) -> str:
    """The key that texts are in order by, as in `ordering`."""
    return _RUN.sub(lambda run: f"0{chr(len(run[1]))}{run[1]}", text)


def _not_before(bound: str) -> str:
    """A number comes after every text."""
    before, _ = _patterns(bound)
    if not before:
        return "true"
    least = "0" if bound[0].isdigit() else bound[0]
    is_before = f"x < {quoted(least)} OR regexp_matches(x, {quoted(_start(before))})"
    is_number = f"x < ':' AND regexp_full_match(x, {quoted(_LIKE_A_NUMBER)})"
    return f"NOT ({is_before}) OR ({is_number})"


def _not_after(bound: str) -> str:
    before, same = _patterns(bound)
    if not before:
        return "true"
    behind = ":" if bound[0].isdigit() else chr(ord(bound[0]) + 1)
    return f"x < {quoted(behind)} AND regexp_matches(x, {quoted(_start([*before, same]))})"


def _start(alternatives: Sequence[str]) -> str:
    return f"^(?:{'|'.join(alternatives)})"


def _patterns(bound: str) -> tuple[list[str], str]:
    """What texts begin with that are before the bound, and how it begins itself."""
    before: list[str] = []
    same = ""
    room = _MOST_CHARACTERS
    for place, chunk in enumerate(_RUN.split(bound)):
        is_run = bool(place % 2)
        known = chunk if is_run else _ASCII.findall(chunk[:room])[0]
        if is_run and len(chunk) > room:
            break
        smaller = _smaller_runs(known) if is_run else _smaller_words(known, after_run=place > 0)
        before += [same + each for each in smaller]
        same += _literal(known)
        room -= len(known)
        if known != chunk:
            break
    return before, same


def _smaller_words(word: str, *, after_run: bool) -> Iterator[str]:
    for place, sign in enumerate(word):
        last = ord(sign) - 1
        ranges = [(0, last)]
        if after_run and place == 0:  # a digit would make the run before longer
            ranges = [(0, min(last, ord("/"))), (ord(":"), last)]
        signs = "".join(rf"\x{{{low:x}}}-\x{{{high:x}}}" for low, high in ranges if low <= high)
        yield _literal(word[:place]) + (f"(?:$|[{signs}])" if signs else "$")


def _smaller_runs(run: str) -> Iterator[str]:
    """A shorter run is smaller, and so is no run where a sign before 0 stands in its place."""
    yield r"(?:$|[\x{0}-/])"
    if len(run) > 1:
        yield f"[0-9]{{1,{len(run) - 1}}}{_END_OF_RUN}"
    for place, digit in enumerate(run):
        if digit != "0":
            rest = len(run) - place - 1
            yield f"{run[:place]}[0-{int(digit) - 1}][0-9]{{{rest}}}{_END_OF_RUN}"


def _literal(text: str) -> str:
    return "".join(sign if sign.isalnum() else rf"\x{{{ord(sign):x}}}" for sign in text)
