"""The header with which a client has one request logged in full: signed, for one id, for a time."""

import hmac
import time
from typing import Any

__all__ = ["HEADER", "MAX_AGE_S", "is_debugged", "signed"]

HEADER = "X-Log-Debug"
_VARIABLE = "HTTP_X_LOG_DEBUG"
MAX_AGE_S = 24 * 3600
"""For how many seconds a header may be valid at most."""


def signed(correlation_id: str, secret: str, *, for_s: float = 600) -> dict[str, str]:
    """The two headers of a request with this id that is to be logged in full, for so many seconds
    from now.

    Raises ValueError for more than a day.
    """
    if not 0 < for_s <= MAX_AGE_S:
        raise ValueError(f"a debug header is valid for at most {MAX_AGE_S} seconds, not {for_s:g}")
    expires_s = int(time.time() + for_s)
    signature = _signature(correlation_id, expires_s, secret)
    return {"X-Correlation-ID": correlation_id, HEADER: f"{expires_s}.{signature}"}


def is_debugged(environ: dict[str, Any], correlation_id: str, secret: str) -> bool:
    """Whether a WSGI request has the header, made with this secret, for its id and for now."""
    value = environ.get(_VARIABLE)
    if value is None:
        return False
    expires, _, signature = value.partition(".")
    if not (expires.isascii() and expires.isdecimal() and len(expires) <= 12):
        return False
    expected = _signature(correlation_id, int(expires), secret)
    is_signed = hmac.compare_digest(signature.encode("latin-1", "replace"), expected.encode())
    return is_signed and 0 <= int(expires) - time.time() <= MAX_AGE_S


def _signature(correlation_id: str, expires_s: int, secret: str) -> str:
    text = f"{HEADER}\n{correlation_id}\n{expires_s}"
    return hmac.digest(secret.encode(), text.encode(), "sha256").hex()
