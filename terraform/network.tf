data "aws_vpc" "default" {
  count   = var.own_network ? 0 : 1
  default = true
}

data "aws_subnets" "default" {
  count = var.own_network ? 0 : 1

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

# No local or wavelength zone, and none without Fargate (its Regions page and the one on ARM64, read 2026-11).
data "aws_availability_zones" "usable" {
  # checkov:skip=CKV_AWS_394: the first two by name are taken, and AWS gives a new zone a later letter
  state            = "available"
  exclude_zone_ids = ["use1-az3", "usw1-az2", "apne1-az3"]

  filter {
    name   = "zone-type"
    values = ["availability-zone"]
  }
}

locals {
  zones           = var.own_network ? slice(data.aws_availability_zones.usable.names, 0, 2) : []
  vpc_id          = var.own_network ? aws_vpc.main[0].id : data.aws_vpc.default[0].id
  public_subnets  = var.own_network ? [for subnet in aws_subnet.public : subnet.id] : data.aws_subnets.default[0].ids
  private_subnets = var.own_network ? [for subnet in aws_subnet.private : subnet.id] : data.aws_subnets.default[0].ids
}

resource "aws_vpc" "main" {
  # checkov:skip=CKV2_AWS_11: flow logs cost more than the stack; the load balancer and the tasks log each request
  count                = var.own_network ? 1 : 0
  cidr_block           = var.network_cidr
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

# Nothing may use it: every resource names its own group.
resource "aws_default_security_group" "closed" {
  count  = var.own_network ? 1 : 0
  vpc_id = aws_vpc.main[0].id
}

resource "aws_internet_gateway" "main" {
  count  = var.own_network ? 1 : 0
  vpc_id = aws_vpc.main[0].id
  tags   = { Name = var.name }
}

resource "aws_subnet" "public" {
  for_each          = { for index, zone in local.zones : zone => index }
  vpc_id            = aws_vpc.main[0].id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.network_cidr, 8, each.value)
  tags              = { Name = "${var.name}-public-${each.key}" }
}

resource "aws_subnet" "private" {
  for_each          = { for index, zone in local.zones : zone => index }
  vpc_id            = aws_vpc.main[0].id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.network_cidr, 8, 128 + each.value)
  tags              = { Name = "${var.name}-private-${each.key}" }
}

resource "aws_eip" "nat" {
  # checkov:skip=CKV2_AWS_19: it belongs to the NAT gateway, not to an instance
  count  = var.own_network ? 1 : 0
  domain = "vpc"
}

# One for both zones: a second costs as much as the tasks. A zone's outage stops the log delivery of the other
# until it is back; the spool keeps the lines.
resource "aws_nat_gateway" "main" {
  count         = var.own_network ? 1 : 0
  allocation_id = aws_eip.nat[0].id
  subnet_id     = aws_subnet.public[local.zones[0]].id
  depends_on    = [aws_internet_gateway.main]
}

resource "aws_route_table" "public" {
  count  = var.own_network ? 1 : 0
  vpc_id = aws_vpc.main[0].id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main[0].id
  }
}

resource "aws_route_table" "private" {
  count  = var.own_network ? 1 : 0
  vpc_id = aws_vpc.main[0].id

  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.main[0].id
  }
}

resource "aws_route_table_association" "public" {
  for_each       = aws_subnet.public
  subnet_id      = each.value.id
  route_table_id = aws_route_table.public[0].id
}

resource "aws_route_table_association" "private" {
  for_each       = aws_subnet.private
  subnet_id      = each.value.id
  route_table_id = aws_route_table.private[0].id
}
