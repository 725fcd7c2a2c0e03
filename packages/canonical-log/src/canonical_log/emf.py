"""A canonical line as CloudWatch metrics too: Embedded Metric Format, which CloudWatch Logs reads
by itself.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import time
from typing import Any

__all__ = ["emf_fields"]

_METRICS = [
    {"Name": "requests", "Unit": "Count"},
    {"Name": "errors", "Unit": "Count"},
    {"Name": "duration_ms", "Unit": "Milliseconds"},
]


def emf_fields(namespace: str, line: dict[str, Any]) -> dict[str, Any]:
    """The fields that make metrics of a canonical line. Every distinct set of dimensions is billed,
    so that the dimensions are the route and the status class alone.
    """
    status = line.get("http_status", 500)
    return {
        "http_route": line.get("http_route", "none"),
        "status_class": f"{status // 100}xx",
        "requests": 1,
        "errors": int(status >= 500),
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": namespace,
                    "Dimensions": [["http_route", "status_class"]],
                    "Metrics": _METRICS,
                }
            ],
        },
    }
