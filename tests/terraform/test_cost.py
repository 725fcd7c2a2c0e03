import math

import pytest


@pytest.fixture
def cost(program):
    return program("cost")


def test_an_idle_default_stack_costs_the_sum_of_its_hours(cost):
    """A task, the balancer, the database with its 20 GiB, an address of the task's and one of the
    balancer's in each of five zones, nine alarms and a secret.
    """
    by_hand = (
        0.04048
        + 2 * 0.004445
        + 0.0225
        + 0.016
        + 20 * 0.115 / 730
        + 6 * 0.005
        + (9 * 0.10 + 0.40) / 730
    )

    assert cost.idle_per_hour(cost.Size()) == pytest.approx(by_hand)


def test_the_own_network_has_a_nat_gateway_and_three_addresses(cost):
    own, default = (
        cost.idle_per_hour(cost.Size(own_network=own, tasks=4)) for own in (True, False)
    )

    assert own - default == pytest.approx(0.045 + (3 - 9) * 0.005)


@pytest.mark.parametrize(
    ("changed", "units"),
    [
        ({}, 4),  # 100 new connections a second
        ({"connection_s": 600}, 20),  # 60,000 open ones
        ({"answer_bytes": 10_000}, 36),  # 36 GB an hour
    ],
)
def test_the_balancer_costs_by_new_and_by_open_connections_and_by_bytes(cost, changed, units):
    load = cost.Load(1000, **({"answer_bytes": 100} | changed))
    hours = cost.monthly(cost.Size(), load)["balancer"] / 730

    assert hours == pytest.approx(0.0225 + units * 0.008)


def test_a_standby_doubles_the_database(cost):
    one, two = (
        cost.monthly(cost.Size(multi_az=multi_az), cost.Load(0))["database"]
        for multi_az in (False, True)
    )

    assert two == 2 * one


def test_waf_costs_by_the_month_and_by_the_request(cost):
    million = cost.Load(1_000_000 / (730 * 3600))
    without, with_it = (cost.monthly(cost.Size(waf=waf), million) for waf in (False, True))

    assert sum(with_it.values()) - sum(without.values()) == pytest.approx(5 + 1 + 0.60)


def test_masking_costs_by_the_bytes_that_are_scanned(cost):
    load = cost.Load(1_000_000 / (730 * 3600), log_events=1, log_bytes=974)
    plain, masked = (
        cost.monthly(cost.Size(masked=masked), load)["logs"] for masked in (False, True)
    )

    assert masked - plain == pytest.approx(0.12)


def test_arm_costs_a_fifth_less(cost):
    x86, arm = (
        cost.monthly(cost.Size(architecture=name), cost.Load(0))["tasks"]
        for name in ("X86_64", "ARM64")
    )

    assert arm / x86 == pytest.approx(0.8, abs=0.005)


def test_logs_cost_by_bytes_and_26_more_for_each_event(cost):
    """One event of 450 bytes a request is 0.476 GB a million requests: $0.238 ingested."""
    load = cost.Load(1_000_000 / (730 * 3600), log_events=1, log_bytes=450, retention_days=14)

    stored = 0.476 * 0.15 * 14 / 30 * 0.03
    assert cost.monthly(cost.Size(), load)["logs"] == pytest.approx(0.238 + stored)


@pytest.mark.parametrize(("gb", "usd"), [(100, 0), (200, 9), (10_240, 912.6), (10_340, 921.1)])
def test_egress_is_tiered_and_the_first_100_gb_are_free(cost, gb, usd):
    load = cost.Load(gb * 1e9 / 2500 / (730 * 3600))

    assert cost.monthly(cost.Size(), load)["egress"] == pytest.approx(usd)


@pytest.mark.parametrize(("rps", "tasks"), [(1, 2), (240, 2), (241, 3), (6000, 50)])
def test_tasks_run_at_60_percent_and_are_two_at_least(cost, rps, tasks):
    assert cost.tasks_for(rps, per_task=200) == tasks


def test_the_table_has_a_row_for_each_load(cost):
    rows = cost.table(per_task=200).splitlines()

    assert [row.split(" | ")[0] for row in rows[2:]] == ["| 60", "| 600", "| 6,000", "| 60,000"]


def test_every_egress_price_has_a_limit_above_the_one_before(cost):
    limits = [limit for limit, _ in cost.PRICES["egress_gb"]]

    assert limits == sorted(limits)
    assert limits[-1] == math.inf
