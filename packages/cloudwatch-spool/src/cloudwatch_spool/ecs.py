"""What ECS tells a container about its task."""

import json
import urllib.error
import urllib.request

_TIMEOUT_S = 2


def task_id(metadata_uri: str) -> str | None:
    """The id of the task that this container belongs to, or None where the endpoint does not say
    it.

    `metadata_uri` is what ECS sets as `ECS_CONTAINER_METADATA_URI_V4`.
    """
    try:
        with urllib.request.urlopen(f"{metadata_uri}/task", timeout=_TIMEOUT_S) as answer:  # noqa: S310  # ECS's own
            arn = str(json.load(answer)["TaskARN"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return arn.rpartition("/")[2]
