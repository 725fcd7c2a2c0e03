"""The name that somebody may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of the names that is most like this one, in any case; None if none is."""
    by_lower = {each.lower().replace("_", ""): each for each in names}
    close = get_close_matches(name.lower().replace("_", ""), by_lower, n=1, cutoff=0.7)
    return by_lower[close[0]] if close else None
