"""What the edge answers by itself instead of asking the app."""

import math
from collections.abc import Mapping
from http import HTTPStatus

__all__ = ["Refused", "overloaded"]


class Refused(Exception):
    """A request that the app does not get to see: the answer's status, and what the client reads.

    `detail` never quotes the request. `closes` says whether the connection ends, which it must
    wherever it is not certain where the next request would begin.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        outcome: str = "refused",
        closes: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`headers` go with the answer, such as Retry-After; `outcome` goes on the canonical
        line.
        """
        super().__init__(detail)
        self.status = HTTPStatus(status)
        self.detail = detail
        self.outcome = outcome
        self.closes = closes
        self.headers = dict(headers or {})


def overloaded(retry_after_s: float) -> Refused:
    """The refusal of a request that too many were before."""
    return Refused(
        503,
        "The server has more to do than it can: try again later.",
        outcome="shed",
        closes=False,
        headers={"Retry-After": str(math.ceil(retry_after_s))},
    )
