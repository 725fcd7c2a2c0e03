"""What log delivery costs: a logging call, a request, and the shipper.

`python -m benchmarks.delivery`. All variants take turns in one run; figures are medians over the
rounds. How busy the machine is otherwise is printed too: on busy cores the figures beside a
CPU-bound thread say less (`delivery_calls`).
"""

import os
import statistics
from collections.abc import Sequence

from benchmarks.delivery_calls import SHAPES, logging_calls
from benchmarks.delivery_requests import requests
from benchmarks.delivery_shipping import shipping


def main() -> None:
    """Measure all and judge it by the goals."""
    print(f"{os.cpu_count()} cores, load average before: {os.getloadavg()[0]:.1f}\n")
    times = logging_calls()
    request_ratio, request_ratios = requests()
    shipping_ratios = shipping()
    one, _, busy, four_busy = SHAPES
    stock_ratio = times[one, "ours"].p99 / times[one, "stock watchtower"].p99
    write_ratio = times[busy, "ours"].p99 / times[busy, "os.write"].p99
    added_us = times[four_busy, "ours"].p99 - times[four_busy, "format only"].p99
    print()
    verdict("p99 of a call, 1 thread: ours to stock watchtower", stock_ratio, 1.1)
    verdict("p99 of a call, beside a CPU-bound thread: ours to os.write", write_ratio, 1 / 3)
    verdict("p99 of a call, 4 threads beside it: microseconds over format only", added_us, 100)
    verdict("p99 of a request" + spread(request_ratios), request_ratio, 1.01)
    verdict(
        "shipper's CPU to a boto3 loop's" + spread(shipping_ratios),
        statistics.median(shipping_ratios),
        1.3,
    )


def spread(ratios: Sequence[float]) -> str:
    """The noise of the rounds."""
    return f" ({min(ratios):.2f}..{max(ratios):.2f})"


def verdict(name: str, figure: float, goal: float) -> None:
    """Print one goal and whether it was met."""
    print(f"{name:70}{figure:8.2f}  goal {goal:.2f}  {'met' if figure <= goal else 'MISSED'}")


if __name__ == "__main__":
    main()
