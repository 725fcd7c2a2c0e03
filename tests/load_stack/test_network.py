"""Where the load machines are, and whom they reach."""


def test_a_machine_is_called_by_nobody_and_reaches_aws_and_the_servers(states):
    group = states["given"]["aws_security_group.main"]
    rules = [v for a, v in states["given"].items() if "egress_rule" in a]

    assert not group["ingress"]
    assert not group["egress"]
    assert {rule["security_group_id"] for rule in rules} == {group["id"]}
    assert {rule["cidr_ipv4"] for rule in rules} == {"0.0.0.0/0"}
    assert {(rule["ip_protocol"], rule["from_port"], rule["to_port"]) for rule in rules} == {
        ("tcp", 443, 443),
        ("tcp", 6400, 6400),
    }


def test_without_ports_it_reaches_servers_by_http_and_https(default):
    rules = [v for a, v in default.items() if "egress_rule" in a]

    assert {(rule["from_port"], rule["to_port"]) for rule in rules} == {(80, 80), (443, 443)}


def test_given_subnets_bring_their_vpc(states):
    assert states["given"]["data.aws_subnet.given[0]"]["id"] == "subnet-given"
    assert states["given"]["aws_security_group.main"]["vpc_id"] == "vpc-given"
    assert states["default"]["aws_security_group.main"]["vpc_id"] == "vpc-default"


def test_without_subnets_those_of_the_default_vpc_are_used_in_zones_that_have_fargate(default):
    """The exceptions are those of the other stack, whose test says where they are from."""
    filters = {f["name"]: f["values"] for f in default["data.aws_subnets.default[0]"]["filter"]}
    usable = default["data.aws_availability_zones.usable"]

    assert default["data.aws_vpc.default[0]"]["default"] is True
    assert filters == {
        "vpc-id": ["vpc-default"],
        "default-for-az": ["true"],
        "availability-zone-id": usable["zone_ids"],
    }
    assert usable["state"] == "available"
    assert {"use1-az3", "usw1-az2", "apne1-az3"} <= set(usable["exclude_zone_ids"])
    assert [(f["name"], f["values"]) for f in usable["filter"]] == [
        ("zone-type", ["availability-zone"])
    ]
