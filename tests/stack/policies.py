"""What the statements of `aws_iam_policy_document` let somebody do."""

from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import Any

__all__ = ["Call", "allowed_by"]

Call = tuple[str, str]
"""An action and the resource that it is done to."""


def allowed_by(statements: Collection[dict[str, Any]], calls: Collection[Call]) -> set[Call]:
    """Those of the calls that the statements allow. Raises AssertionError for a statement with
    parts that are not looked at.
    """
    for statement in statements:
        for key in ("condition", "principals", "not_actions", "not_resources"):
            assert not statement[key], "not looked at below"
    return {
        (action, resource)
        for action, resource in calls
        for statement in statements
        if (statement["effect"] or "Allow") == "Allow"
        and any(fnmatchcase(action, pattern) for pattern in statement["actions"])
        and any(fnmatchcase(resource, pattern) for pattern in statement["resources"])
    }
