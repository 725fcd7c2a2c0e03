"""Who reaches whom: the rules of all security groups together, as packets would find them."""

from ipaddress import ip_network
from itertools import combinations

import pytest

GROUPS = ("balancer", "tasks", "database")
WORLD = "0.0.0.0/0"


def ports(rule):
    return rule["from_port"], rule["to_port"]


def connections(stack):
    """(from, to, ports) of what both ends allow; an end outside of the stack is its address range.

    A group that lists no egress in itself and has no rule for it lets nothing out.
    """
    names = {stack[f"aws_security_group.{name}"]["id"]: name for name in GROUPS}
    ins, outs = set(), set()
    for name in GROUPS:
        for rule in stack[f"aws_security_group.{name}"]["ingress"] or ():
            ins |= {(cidr, name, ports(rule)) for cidr in rule["cidr_blocks"]}
            for key in ("ipv6_cidr_blocks", "prefix_list_ids", "security_groups", "self"):
                assert not rule[key]
            assert rule["protocol"] == "tcp"
        assert not stack[f"aws_security_group.{name}"]["egress"]
    for direction, found in (("ingress", ins), ("egress", outs)):
        for rule in stack.all(f"aws_vpc_security_group_{direction}_rule").values():
            assert rule["ip_protocol"] == "tcp"
            other = names.get(rule["referenced_security_group_id"]) or rule["cidr_ipv4"]
            pair = (other, names[rule["security_group_id"]])
            found.add((*(pair if direction == "ingress" else pair[::-1]), ports(rule)))
    inside = {link for link in ins & outs if link[0] in GROUPS and link[1] in GROUPS}
    return inside | {i for i in ins if i[0] not in GROUPS} | {o for o in outs if o[1] not in GROUPS}


def test_packets_go_from_clients_to_the_balancer_to_the_tasks_to_the_database(default):
    assert connections(default) == {
        (WORLD, "balancer", (80, 80)),
        ("balancer", "tasks", (6400, 6400)),
        ("tasks", "database", (5432, 5432)),
        ("tasks", WORLD, (443, 443)),
    }


def test_with_a_certificate_the_balancer_is_open_for_https_and_to_the_allowed_ranges(narrow):
    assert {link for link in connections(narrow) if link[1] == "balancer"} == {
        (cidr, "balancer", (port, port))
        for cidr in ("203.0.113.0/24", "198.51.100.7/32")
        for port in (80, 443)
    }


@pytest.mark.parametrize(
    ("resource", "argument", "group"),
    [
        ("aws_lb.main", "security_groups", "balancer"),
        ("aws_db_instance.main", "vpc_security_group_ids", "database"),
    ],
)
def test_each_part_is_in_its_group_alone(default, resource, argument, group):
    assert default[resource][argument] == [default[f"aws_security_group.{group}"]["id"]]


@pytest.mark.parametrize("shape", ["default", "narrow", "learner_lab"])
def test_everything_is_in_one_network(stacks, shape):
    stack = stacks[shape]
    vpc = stack["aws_vpc.main[0]"]["id"] if shape == "narrow" else "vpc-default"
    parts = [stack[f"aws_security_group.{name}"] for name in GROUPS]
    parts += [stack["aws_lb_target_group.app"]]
    for kind in ("aws_subnet", "aws_internet_gateway", "aws_route_table"):
        parts += stack.all(kind).values()

    assert {part["vpc_id"] for part in parts} == {vpc}


def test_in_the_default_network_tasks_reach_aws_by_a_public_address(default):
    (network,) = default["aws_ecs_service.app"]["network_configuration"]

    assert network["assign_public_ip"]
    assert set(network["subnets"]) == {"subnet-default-1", "subnet-default-2"}
    assert network["security_groups"] == [default["aws_security_group.tasks"]["id"]]


def test_without_an_own_network_only_the_default_ones_subnets_are_used(default):
    filters = {f["name"]: f["values"] for f in default["data.aws_subnets.default[0]"]["filter"]}

    assert default["data.aws_vpc.default[0]"]["default"] is True
    assert filters["vpc-id"] == [default["data.aws_vpc.default[0]"]["id"]]
    assert filters["default-for-az"] == ["true"]
    for kind in ("aws_vpc", "aws_subnet", "aws_nat_gateway", "aws_eip", "aws_route_table"):
        assert not default.all(kind)


def test_only_zones_that_fargate_and_rds_have_are_used(default):
    usable = default["data.aws_availability_zones.usable"]
    zones = [f for f in default["data.aws_subnets.default[0]"]["filter"] if "zone-id" in f["name"]]

    assert usable["state"] == "available"
    assert {"use1-az3", "usw1-az2", "apne1-az3"} <= set(usable["exclude_zone_ids"])
    assert [(f["name"], f["values"]) for f in usable["filter"]] == [
        ("zone-type", ["availability-zone"])
    ]
    assert [zone["values"] for zone in zones] == [usable["zone_ids"]]


def gateway(route):
    return [
        value for key, value in route.items() if key in ("gateway_id", "nat_gateway_id") and value
    ]


def test_private_subnets_go_out_by_nat_and_public_ones_by_the_internet_gateway(narrow):
    tables = {table["id"]: table for table in narrow.all("aws_route_table").values()}
    ways = {
        subnet: [(route["cidr_block"], gateway(route)) for route in tables[table]["route"]]
        for subnet, table in (
            (link["subnet_id"], link["route_table_id"])
            for link in narrow.all("aws_route_table_association").values()
        )
    }
    subnets = narrow.all("aws_subnet")
    nat = narrow["aws_nat_gateway.main[0]"]
    public = {s["id"] for name, s in subnets.items() if name.startswith("public")}
    private = {s["id"] for name, s in subnets.items() if name.startswith("private")}

    assert {str(ways[subnet]) for subnet in public} == {
        str([(WORLD, [narrow["aws_internet_gateway.main[0]"]["id"]])])
    }
    assert {str(ways[subnet]) for subnet in private} == {str([(WORLD, [nat["id"]])])}
    assert nat["subnet_id"] in public
    assert nat["connectivity_type"] != "private"
    assert nat["allocation_id"] == narrow["aws_eip.nat[0]"]["id"]
    assert narrow["aws_eip.nat[0]"]["domain"] == "vpc"


def test_tasks_and_database_are_in_private_subnets_and_the_balancer_in_public_ones(narrow):
    subnets = narrow.all("aws_subnet")
    public = {s["id"] for name, s in subnets.items() if name.startswith("public")}
    private = {s["id"] for name, s in subnets.items() if name.startswith("private")}
    (network,) = narrow["aws_ecs_service.app"]["network_configuration"]

    assert set(narrow["aws_lb.main"]["subnets"]) == public
    assert set(network["subnets"]) == private
    assert set(narrow["aws_db_subnet_group.main"]["subnet_ids"]) == private
    assert not network["assign_public_ip"]


def test_subnets_are_in_two_zones_and_do_not_overlap(narrow):
    subnets = narrow.all("aws_subnet").values()
    ranges = [ip_network(subnet["cidr_block"]) for subnet in subnets]
    whole = ip_network(narrow["aws_vpc.main[0]"]["cidr_block"])

    for kind in ("public", "private"):
        zones = [s["availability_zone"] for n, s in narrow.all("aws_subnet").items() if kind in n]
        assert sorted(zones) == ["us-east-1a", "us-east-1b"]
    assert whole == ip_network("10.80.0.0/16")
    assert all(each.subnet_of(whole) for each in ranges)
    assert not [pair for pair in combinations(ranges, 2) if pair[0].overlaps(pair[1])]


def test_the_networks_own_group_lets_nothing_through(narrow):
    closed = narrow["aws_default_security_group.closed[0]"]

    assert closed["vpc_id"] == narrow["aws_vpc.main[0]"]["id"]
    assert not closed["ingress"]
    assert not closed["egress"]


def test_rds_finds_names_in_the_network(narrow):
    assert narrow["aws_vpc.main[0]"]["enable_dns_hostnames"]
    assert narrow["aws_vpc.main[0]"]["enable_dns_support"] is not False
