data "aws_vpc" "default" {
  count   = length(var.subnet_ids) == 0 ? 1 : 0
  default = true
}

data "aws_subnets" "default" {
  count = length(var.subnet_ids) == 0 ? 1 : 0

  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default[0].id]
  }

  filter {
    name   = "default-for-az"
    values = ["true"]
  }

  filter {
    name   = "availability-zone-id"
    values = data.aws_availability_zones.usable.zone_ids
  }
}

data "aws_subnet" "given" {
  count = length(var.subnet_ids) == 0 ? 0 : 1
  id    = var.subnet_ids[0]
}

# No local or wavelength zone, and none without Fargate (its Regions page and the one on ARM64, read 2026-11).
data "aws_availability_zones" "usable" {
  # checkov:skip=CKV_AWS_394: all of them are taken
  state            = "available"
  exclude_zone_ids = ["use1-az3", "usw1-az2", "apne1-az3"]

  filter {
    name   = "zone-type"
    values = ["availability-zone"]
  }
}

locals {
  vpc_id     = coalesce(one(data.aws_subnet.given[*].vpc_id), one(data.aws_vpc.default[*].id))
  subnet_ids = length(var.subnet_ids) == 0 ? data.aws_subnets.default[0].ids : var.subnet_ids
}

# Nobody calls a load machine.
resource "aws_security_group" "main" {
  # checkov:skip=CKV2_AWS_5: `todo load` gives it to the tasks that it starts
  name        = var.name
  description = "Load machines: to AWS and to the servers that are tested"
  vpc_id      = local.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "main" {
  for_each          = toset([for port in setunion(var.target_ports, [443]) : tostring(port)])
  security_group_id = aws_security_group.main.id
  description       = each.key == "443" ? "AWS, and HTTPS of the servers" : "The servers"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
}
