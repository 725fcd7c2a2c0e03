"""Keeps personal data and keys out by what they look like, wherever they stand. Opt in."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from .fields import HEADER_PREFIX, is_reserved
from .suggestions import refuse_others
from .text import readable

__all__ = ["KINDS", "Masking"]

Default = Callable[[Any], Any] | None
MAX_DEPTH = 8
FREE_TEXT = {
    "message",
    "exception_message",
    "exception_cause_message",
    "exception_stack",
    "stack_info",
    "http_path",
    "http_query",
    "db_parameters",
}
"""The fields of the schema whose values are others' words. The rest are ids, numbers and names."""


def _has_luhn_digit(text: str) -> bool:
    """ISO/IEC 7812: what makes a number of 13 to 19 digits a card's."""
    digits = [int(character) for character in text if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _has_iban_checksum(text: str) -> bool:
    """ISO 13616: the rest by 97 is 1, with letters as numbers from 10."""
    compact = text.replace(" ", "")
    if not 15 <= len(compact) <= 34:
        return False
    turned = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def _is_mixed(text: str) -> bool:
    """A secret key of AWS has characters of all kinds; a hash in hex has not."""
    kinds = (str.isupper, str.islower, str.isdigit)
    return text.startswith(("AKIA", "ASIA")) or all(any(map(kind, text)) for kind in kinds)


def _always(_text: str) -> bool:
    return True


_PATTERNS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "jwt": (r"(?<![\w-])eyJ[\w-]{8,}(?:(?:\.[\w-]*){4}|\.eyJ[\w-]{2,}\.[\w-]*)", _always),
    "email": (
        r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])",
        _always,
    ),
    "iban": (r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)", _has_iban_checksum),
    "card": (r"(?<![\d.])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\d.]*\d)", _has_luhn_digit),
    "phone": (
        r"(?<![\w+])(?:\+|00)[1-9](?:[ ./()-]{0,2}\d){6,13}(?!\d)"
        r"|(?<![\w-])(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}(?![\w-])",
        _always,
    ),
    "aws_key": (
        r"(?<![A-Za-z0-9/+_-])(?:(?:AKIA|ASIA)[A-Z0-9]{16}|[A-Za-z0-9/+]{40})"
        r"(?![A-Za-z0-9/+=_-])",
        _is_mixed,
    ),
}
KINDS = tuple(_PATTERNS)
"""What can be masked: jwt, email, iban, card, phone, aws_key."""


class Masking:
    """Replaces what looks like one of the chosen kinds by its name, and counts how often."""

    def __init__(self, kinds: Iterable[str]) -> None:
        """Raises ValueError for a kind that does not exist, with the nearest one that does."""
        chosen = set(kinds)
        refuse_others("kind of value", chosen, KINDS)
        self._patterns = [
            (kind, re.compile(pattern), is_one)
            for kind, (pattern, is_one) in _PATTERNS.items()
            if kind in chosen
        ]

    def line(self, fields: dict[str, Any], default: Default) -> dict[str, Any]:
        """The line, and for each kind that was found a field `masked_KIND` that says how often.

        `default` makes what JSON can hold of other objects.
        """
        counts: dict[str, int] = {}
        masked = {
            name: self._value(value, counts, default) if _is_free(name) else value
            for name, value in fields.items()
        }
        return masked | {f"masked_{kind}": count for kind, count in counts.items()}

    def _value(
        self,
        value: Any,
        counts: dict[str, int],
        default: Default,
        depth: int = 0,
    ) -> Any:
        if isinstance(value, str):
            return self._text(value, counts)
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int):
            return value if value.bit_length() > 63 else self._number(value, counts)
        if depth > MAX_DEPTH:
            return "..."
        if isinstance(value, dict):
            return {
                self._value(name, counts, default, depth + 1): self._value(
                    inner, counts, default, depth + 1
                )
                for name, inner in value.items()
            }
        if isinstance(value, list | tuple):
            return [self._value(inner, counts, default, depth + 1) for inner in value]
        try:
            plain = orjson.loads(orjson.dumps(value, default, orjson.OPT_NON_STR_KEYS))
        except Exception:  # what JSON cannot hold is text in the end
            plain = readable(value)
        return self._value(plain, counts, default, depth + 1)

    def _number(self, value: int, counts: dict[str, int]) -> Any:
        text = str(value)
        masked = self._text(text, counts)
        return value if masked == text else masked

    def _text(self, text: str, counts: dict[str, int]) -> str:
        for kind, pattern, is_one in self._patterns:

            def replaced(
                match: re.Match[str],
                kind: str = kind,
                is_one: Callable[[str], bool] = is_one,
            ) -> str:
                if not is_one(match[0]):
                    return match[0]
                counts[kind] = counts.get(kind, 0) + 1
                return f"[{kind}]"

            text = pattern.sub(replaced, text)
        return text


def _is_free(name: str) -> bool:
    return name in FREE_TEXT or name.startswith(HEADER_PREFIX) or not is_reserved(name)
