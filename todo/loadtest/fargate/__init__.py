"""k6 in tasks of ECS on Fargate, each of which has a share of the load; terraform/load makes them.

The tasks get the script through a bucket, wait there for the word to begin, so that all begin as
one, and bring their samples into it (`containers/load/machine.py` is the other side).
"""

from .machines import FargateTasks

__all__ = ["FargateTasks"]
