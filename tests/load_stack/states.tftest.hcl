# What the stack of the load machines consists of in each of its shapes, for the checks beside this file.
mock_provider "aws" {
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/load:7" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:123456789012:log-group:/load" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::load-1", id = "load-1" }
  }
  mock_resource "aws_ecr_repository" {
    defaults = {
      arn            = "arn:aws:ecr:us-east-1:123456789012:repository/load"
      repository_url = "123456789012.dkr.ecr.us-east-1.amazonaws.com/load"
    }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_vpc" {
    defaults = { id = "vpc-default" }
  }
  mock_data "aws_subnet" {
    defaults = { vpc_id = "vpc-given" }
  }
  mock_data "aws_availability_zones" {
    defaults = { zone_ids = ["use1-az1", "use1-az2"] }
  }
  mock_data "aws_subnets" {
    defaults = { ids = ["subnet-default-1", "subnet-default-2"] }
  }
  mock_data "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/LabRole" }
  }
}

override_resource {
  target = aws_iam_role.main["execution"]
  values = { arn = "arn:aws:iam::123456789012:role/execution", id = "role-execution" }
}

override_resource {
  target = aws_iam_role.main["task"]
  values = { arn = "arn:aws:iam::123456789012:role/task", id = "role-task" }
}

override_data {
  target = data.aws_iam_policy_document.execution
  values = { json = "{\"Id\": \"execution\"}" }
}

override_data {
  target = data.aws_iam_policy_document.task
  values = { json = "{\"Id\": \"task\"}" }
}

override_data {
  target = data.aws_iam_policy_document.assumed_by_tasks
  values = { json = "{\"Id\": \"assumed_by_tasks\"}" }
}

override_data {
  target = data.aws_iam_policy_document.only_tls
  values = { json = "{\"Id\": \"only_tls\"}" }
}

variables {
  name = "load"
}

run "default" {
  variables {
    image = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/load:1"
  }
}

run "given" {
  state_key = "given"

  variables {
    region             = "eu-central-1"
    image              = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/load:1"
    subnet_ids         = ["subnet-given"]
    target_ports       = [6400]
    api_key_secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:key-AbCdEf"
    cpu_architecture   = "ARM64"
    task_cpu           = 2048
    task_memory_mib    = 4096
    retention_days     = 1

    permissions_boundary = "arn:aws:iam::123456789012:policy/bounds"
  }
}

run "learner_lab" {
  state_key = "learner_lab"

  variables {
    learner_lab = true
    image       = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/load:1"
  }
}

run "built" {
  state_key = "built"

  variables {
    region           = "eu-west-1"
    cpu_architecture = "ARM64"
    pip_index_url    = "https://packages.example.com/simple"
  }
}

run "refused" {
  state_key = "refused"
  command   = plan

  variables {
    name               = "Load"
    region             = "us-east"
    tags               = { application = "other" }
    credentials_file   = " "
    python             = " "
    subnet_ids         = ["10.0.0.0/24"]
    target_ports       = [0]
    api_key_secret_arn = "arn:aws:ssm:us-east-1:123456789012:parameter/key"
    image              = "example.com:5000/load"
    pip_index_url      = "pypi.org"
    cpu_architecture   = "arm64"
    task_cpu           = 1000
    retention_days     = 2

    permissions_boundary = "bounds"
  }

  expect_failures = [
    var.name, var.region, var.tags, var.credentials_file, var.python, var.subnet_ids, var.target_ports,
    var.api_key_secret_arn, var.image, var.pip_index_url, var.cpu_architecture, var.task_cpu, var.retention_days,
    var.permissions_boundary,
  ]
}

run "refused_beyond_an_edge" {
  state_key = "refused"
  command   = plan

  variables {
    name            = "1load"
    image           = "example.com/load:1"
    target_ports    = [65536]
    task_cpu        = 4096
    task_memory_mib = 31744
  }

  expect_failures = [var.name, var.target_ports, var.task_memory_mib]
}

run "refused_with_others" {
  state_key = "refused"
  command   = plan

  variables {
    tags            = { "aws:owner" = "x" }
    image           = "example.com/load:latest"
    task_memory_mib = 1024
    learner_lab     = true

    permissions_boundary = "arn:aws:iam::123456789012:policy/bounds"
  }

  expect_failures = [var.tags, var.image, var.task_memory_mib, var.permissions_boundary]
}
