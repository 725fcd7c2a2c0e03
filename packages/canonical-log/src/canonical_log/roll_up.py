"""What a request's statements come to: the `db_` fields of its canonical line."""

from typing import Any

__all__ = ["roll_up"]

N_PLUS_ONE_MORE_THAN = 5
N_PLUS_ONE_OVER_S = 0.05


def roll_up(queries: list[tuple[str, float]], slow_s: float) -> dict[str, Any]:
    """The fields, from the fingerprint and the seconds of each statement."""
    fields: dict[str, Any] = {"db_query_count": len(queries)}
    if not queries:
        return fields
    fields["db_time_ms"] = round(sum(seconds for _, seconds in queries) * 1000, 2)
    if len(queries) > 1:
        alike: dict[str, list[float]] = {}
        for fingerprint, seconds in queries:
            alike.setdefault(fingerprint, []).append(seconds)
        if len(alike) < len(queries):
            fields["db_dup_count"] = len(queries) - len(alike)
        if any(
            len(times) > N_PLUS_ONE_MORE_THAN and sum(times) > N_PLUS_ONE_OVER_S
            for times in alike.values()
        ):
            fields["db_n_plus_one"] = True
    slow = sum(seconds >= slow_s for _, seconds in queries)
    if slow:
        fields["db_slow_count"] = slow
    return fields
