"""What the stack costs: `python terraform/cost.py` prints the table of
docs/reference/deployment.md, `--hour` the price of an idle hour.
"""

import argparse
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["PRICES", "PRICES_DATE", "Load", "Size", "idle_per_hour", "monthly", "tasks_for"]

PRICES_DATE = "2025-06"  # of AWS's price pages for us-east-1; check them before relying on a figure

# USD
PRICES = {
    "vcpu_hour": {"X86_64": 0.04048, "ARM64": 0.03238},
    "memory_gib_hour": {"X86_64": 0.004445, "ARM64": 0.00356},
    "balancer_hour": 0.0225,
    "balancer_unit_hour": 0.008,
    "database_hour": {
        "db.t3.micro": 0.018,
        "db.t3.small": 0.036,
        "db.t3.medium": 0.072,
        "db.t4g.micro": 0.016,
        "db.t4g.small": 0.032,
        "db.t4g.medium": 0.065,
        "db.m7g.large": 0.168,
        "db.m7g.xlarge": 0.337,
        "db.m7g.2xlarge": 0.674,
        "db.m7g.4xlarge": 1.348,
    },
    "storage_gib_month": 0.115,
    "logs_ingested_gb": 0.50,
    "logs_masked_gb": 0.12,
    "logs_stored_gb_month": 0.03,
    "address_hour": 0.005,
    "nat_hour": 0.045,
    "egress_gb": ((100, 0.0), (10_240, 0.09), (51_200, 0.085), (math.inf, 0.07)),
    "alarm_month": 0.10,
    "secret_month": 0.40,
    "waf_month": 6.00,  # a web ACL and its one rule
    "waf_million_requests": 0.60,
}
HOURS = 730  # in a month
ZONES = 5  # of us-east-1 that have Fargate, in each of which the default VPC has a subnet
OWN_ZONES = 2  # of the own network
LOG_OVERHEAD_BYTES = 26  # that CloudWatch counts for each event
STORED_SHARE = 0.15  # of the ingested bytes, as they are stored compressed
TASK_LOAD = 0.6  # share of what a task can do at which the service has scaled out


@dataclass(frozen=True)
class Size:
    """What is applied; the fields are those of the Terraform output `size`."""

    tasks: int = 1
    vcpu: float = 1
    memory_gib: float = 2
    architecture: str = "X86_64"
    database_class: str = "db.t4g.micro"
    storage_gib: int = 20
    multi_az: bool = False
    own_network: bool = False
    waf: bool = False
    alarms: int = 9
    masked: bool = False


@dataclass(frozen=True)
class Load:
    """Steady traffic, and what one request makes: bytes of answer and of log lines."""

    requests_per_second: float
    answer_bytes: int = 2500
    log_events: int = 3
    log_bytes: int = (
        1100  # of all events of a request together, as GET /todos makes behind a balancer
    )
    requests_per_connection: int = 10
    connection_s: float = 60  # for which one is open: the balancer's idle time-out
    retention_days: int = 14


def idle_per_hour(size: Size) -> float:
    """USD an hour of a stack that nobody calls."""
    return sum(_fixed(size).values()) / HOURS


def monthly(size: Size, load: Load) -> dict[str, float]:
    """USD a month by item, of a stack under steady traffic."""
    requests = load.requests_per_second * 3600 * HOURS
    costs = _fixed(size)
    costs["balancer"] += HOURS * PRICES["balancer_unit_hour"] * _balancer_units(load)
    log_gb = requests * (load.log_bytes + load.log_events * LOG_OVERHEAD_BYTES) / 1e9
    stored_gb = log_gb * STORED_SHARE * load.retention_days / 30
    costs["logs"] = log_gb * PRICES["logs_ingested_gb"] + stored_gb * PRICES["logs_stored_gb_month"]
    costs["egress"] = _egress(requests * load.answer_bytes / 1e9)
    if size.masked:
        costs["logs"] += log_gb * PRICES["logs_masked_gb"]
    if size.waf:
        costs["waf"] += requests / 1e6 * PRICES["waf_million_requests"]
    return costs


def tasks_for(requests_per_second: float, per_task: float) -> int:
    """How many tasks carry that many requests, at `per_task` a second each; two at least."""
    return max(2, math.ceil(requests_per_second / (per_task * TASK_LOAD)))


def _fixed(size: Size) -> dict[str, float]:
    task = (
        size.vcpu * PRICES["vcpu_hour"][size.architecture]
        + size.memory_gib * PRICES["memory_gib_hour"][size.architecture]
    )
    copies = 2 if size.multi_az else 1
    database = (
        HOURS * PRICES["database_hour"][size.database_class]
        + size.storage_gib * PRICES["storage_gib_month"]
    )
    # The balancer's in each zone; the NAT gateway's, or each task's.
    addresses = OWN_ZONES + 1 if size.own_network else ZONES + size.tasks
    return {
        "tasks": HOURS * task * size.tasks,
        "balancer": HOURS * PRICES["balancer_hour"],
        "database": database * copies,
        "addresses": HOURS * PRICES["address_hour"] * addresses,
        "nat": HOURS * PRICES["nat_hour"] if size.own_network else 0.0,
        "waf": PRICES["waf_month"] if size.waf else 0.0,
        "alarms and secret": size.alarms * PRICES["alarm_month"] + PRICES["secret_month"],
    }


def _balancer_units(load: Load) -> float:
    """A unit is 25 new connections a second, 3,000 open ones or 1 GB an hour, whichever is most."""
    connections = load.requests_per_second / load.requests_per_connection
    gb_an_hour = load.requests_per_second * 3600 * load.answer_bytes / 1e9
    return max(connections / 25, connections * load.connection_s / 3000, gb_an_hour)


def _egress(gb: float) -> float:
    cost, below = 0.0, 0.0
    for limit, price in PRICES["egress_gb"]:
        cost += max(0.0, min(gb, limit) - below) * price
        below = limit
    return cost


_SCENARIOS = (
    (60, {"database_class": "db.t4g.micro"}),
    (600, {"database_class": "db.m7g.large", "multi_az": True}),
    (6000, {"database_class": "db.m7g.2xlarge", "multi_az": True}),
    (60_000, {"database_class": "db.m7g.4xlarge", "multi_az": True}),
)
_COLUMNS = (
    "requests/s",
    "tasks",
    "database",
    "tasks, $",
    "balancer, $",
    "database, $",
    "logs, $",
    "egress, $",
    "all, $",
)


def table(per_task: float) -> str:
    """The documentation's table, for tasks that can do `per_task` requests a second each."""
    rows = [_row(rps, Size(tasks=tasks_for(rps, per_task), **chosen)) for rps, chosen in _SCENARIOS]
    return "\n".join([_line(_COLUMNS), _line(["--:"] * len(_COLUMNS)), *rows])


def _row(requests_per_second: float, size: Size) -> str:
    costs = monthly(size, Load(requests_per_second))
    shown = [costs[item] for item in ("tasks", "balancer", "database", "logs", "egress")]
    database = size.database_class + (" x 2" if size.multi_az else "")
    figures = [f"{cost:,.0f}" for cost in [*shown, sum(costs.values())]]
    return _line([f"{requests_per_second:,}", str(size.tasks), database, *figures])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _size(text: str) -> Size:
    size = json.loads(text)
    # `terraform console` prints what jsonencode() gives as a quoted string.
    return Size(**(json.loads(size) if isinstance(size, str) else size))


def main() -> None:
    """Prints what was asked for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--per-task", type=float, default=200, help="requests/s that one task can do"
    )
    arguments.add_argument("--hour", action="store_true", help="only what an idle hour costs")
    arguments.add_argument(
        "--size", type=_size, default=Size(), help="Terraform's local.size as JSON, for --hour"
    )
    given = arguments.parse_args()
    if not given.hour:
        print(table(given.per_task))
        return
    hour = idle_per_hour(given.size)
    print(
        f"Idle, the stack costs about ${hour:.2f} an hour (${24 * hour:.2f} a day) until "
        "`make destroy`; "
        f"traffic and logs come on top. Prices of {PRICES_DATE}, us-east-1."
    )


if __name__ == "__main__":
    main()
