"""A repository of ECR's that a stack makes for the image that it builds."""

import json
from typing import Any

__all__ = ["images_kept"]


def images_kept(repository: dict[str, Any], lifecycle: dict[str, Any]) -> int:
    """How many images are there to go back to. Raises AssertionError unless an image stays what it
    was, is scanned, and goes with the stack.
    """
    (rule,) = json.loads(lifecycle["policy"])["rules"]

    assert repository["image_tag_mutability"] == "IMMUTABLE"
    assert repository["image_scanning_configuration"] == [{"scan_on_push": True}]
    assert repository["force_delete"] is True
    assert lifecycle["repository"] == repository["name"]
    assert rule["action"] == {"type": "expire"}
    number = rule["selection"].pop("countNumber")
    assert rule["selection"] == {"tagStatus": "any", "countType": "imageCountMoreThan"}
    return number
