mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  image            = "example.com/taskoverflow:1"
  public           = true
  migrate          = false
  await_deployment = false
}

run "the_database_is_private_encrypted_and_forces_tls" {
  assert {
    condition     = !aws_db_instance.main.publicly_accessible && aws_db_instance.main.storage_encrypted
    error_message = "The database has no public address, and its storage is encrypted."
  }

  assert {
    condition = contains(
      [for parameter in aws_db_parameter_group.main.parameter : "${parameter.name}=${parameter.value}"], "rds.force_ssl=1"
    )
    error_message = "The database forces TLS."
  }

  assert {
    condition     = alltrue([for uri in local.database_uri : strcontains(uri, "?sslmode=verify-full&sslrootcert=/")])
    error_message = "App and migration ask for TLS, of the database itself."
  }
}

run "a_region_whose_authority_the_image_lacks_is_refused" {
  command = plan

  variables {
    region = "xx-north-9"
  }

  expect_failures = [aws_db_instance.main]
}

run "port_6400_is_open_to_the_balancer_only" {
  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.tasks_from_balancer.referenced_security_group_id == aws_security_group.balancer.id
      && aws_vpc_security_group_ingress_rule.tasks_from_balancer.cidr_ipv4 == null
      && aws_vpc_security_group_ingress_rule.tasks_from_balancer.from_port == 6400
      && aws_vpc_security_group_ingress_rule.tasks_from_balancer.to_port == 6400
    )
    error_message = "Only the load balancer reaches the tasks, on 6400."
  }

  assert {
    condition     = length(aws_security_group.tasks.ingress) == 0
    error_message = "The tasks' group has no other rule."
  }

  assert {
    condition = alltrue([
      for rule in aws_security_group.balancer.ingress : contains([80, 443], rule.from_port) && rule.from_port == rule.to_port
    ])
    error_message = "The load balancer listens on 80 and 443 only."
  }
}

run "port_5432_is_open_to_the_tasks_only" {
  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.database_from_tasks.referenced_security_group_id == aws_security_group.tasks.id
      && aws_vpc_security_group_ingress_rule.database_from_tasks.cidr_ipv4 == null
      && aws_vpc_security_group_ingress_rule.database_from_tasks.from_port == 5432
      && aws_vpc_security_group_ingress_rule.database_from_tasks.to_port == 5432
      && length(aws_security_group.database.ingress) == 0
    )
    error_message = "Only the tasks reach the database, on 5432."
  }
}

run "only_the_allowed_ranges_reach_the_balancer" {
  variables {
    public        = false
    allowed_cidrs = ["203.0.113.0/24"]
  }

  assert {
    condition     = alltrue([for rule in aws_security_group.balancer.ingress : rule.cidr_blocks == tolist(["203.0.113.0/24"])])
    error_message = "allowed_cidrs narrows the callers."
  }
}

run "with_a_certificate_http_redirects" {
  variables {
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    domain          = "todos.example.com"
  }

  assert {
    condition = (
      aws_lb_listener.http.default_action[0].type == "redirect" && aws_lb_listener.https[0].port == 443
      && output.url == "https://todos.example.com"
    )
    error_message = "HTTP redirects to HTTPS."
  }
}

run "an_own_network_keeps_the_tasks_private" {
  variables {
    own_network = true
  }

  assert {
    condition = (
      !aws_ecs_service.app.network_configuration[0].assign_public_ip
      && toset(aws_ecs_service.app.network_configuration[0].subnets) == toset([for subnet in aws_subnet.private : subnet.id])
    )
    error_message = "In an own network the tasks have no public address."
  }

  assert {
    condition     = length(aws_default_security_group.closed[0].ingress) == 0
    error_message = "The network's default group is closed."
  }
}
