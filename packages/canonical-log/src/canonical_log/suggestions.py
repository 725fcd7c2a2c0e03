"""A name that does not exist is refused with the one that was meant."""

import difflib
from collections.abc import Iterable, Sequence

__all__ = ["refuse_others"]


def refuse_others(kind: str, given: Iterable[str], known: Sequence[str], prefix: str = "") -> None:
    """Raises ValueError for the first name that is not known, with the nearest one or all."""
    for name in sorted(set(given) - set(known)):
        near = difflib.get_close_matches(name.upper(), [one.upper() for one in known], 1)
        meant = [prefix + one for one in known if one.upper() in near]
        there_are = ", ".join(prefix + one for one in sorted(known))
        hint = f"did you mean {meant[0]}?" if meant else f"there are {there_are}"
        raise ValueError(f"{prefix}{name} is no {kind}: {hint}")
