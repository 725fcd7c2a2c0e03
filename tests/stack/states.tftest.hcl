# What the stack consists of in each of its shapes, for the checks beside this file. Every value that AWS would make
# up differs from every other, so that a reference to the wrong resource is seen, and `narrow` has another value than
# the default for each variable that it can.
mock_provider "aws" {
  mock_resource "aws_lb" {
    defaults = {
      arn        = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/todos/50dc6c495c0c9188"
      arn_suffix = "app/todos/50dc6c495c0c9188"
      dns_name   = "todos-1.us-east-1.elb.amazonaws.com"
    }
  }
  mock_resource "aws_lb_target_group" {
    defaults = {
      arn        = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/todo-1/943f017f100becff"
      arn_suffix = "targetgroup/todo-1/943f017f100becff"

      protocol_version = "HTTP1"
    }
  }
  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/todos/1/1" }
  }
  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:role-AbCdEf" }
  }
  mock_resource "aws_ssm_parameter" {
    defaults = { arn = "arn:aws:ssm:us-east-1:123456789012:parameter/todos/database/role", version = 1701 }
  }
  mock_resource "aws_ecr_repository" {
    defaults = {
      arn            = "arn:aws:ecr:us-east-1:123456789012:repository/todos"
      repository_url = "123456789012.dkr.ecr.us-east-1.amazonaws.com/todos"
    }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { bucket = "todos-access-logs-1", arn = "arn:aws:s3:::todos-access-logs-1" }
  }
  mock_resource "aws_wafv2_web_acl" {
    defaults = { arn = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/todos/1" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:us-east-1:123456789012:alarms" }
  }
  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:one" }
  }
  mock_resource "aws_ecs_cluster" {
    defaults = { arn = "arn:aws:ecs:us-east-1:123456789012:cluster/todos" }
  }
  mock_resource "aws_db_instance" {
    defaults = {
      endpoint           = "todos.abc.us-east-1.rds.amazonaws.com:5432"
      master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-1-AbCdEf" }]
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
  mock_data "aws_subnets" {
    defaults = { ids = ["subnet-default-1", "subnet-default-2"] }
  }
  mock_data "aws_availability_zones" {
    defaults = {
      names    = ["us-east-1a", "us-east-1b", "us-east-1c"]
      zone_ids = ["use1-az1", "use1-az2", "use1-az4"]
    }
  }
  mock_data "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/LabRole" }
  }
}

override_resource {
  target = aws_cloudwatch_log_group.main
  values = { arn = "arn:aws:logs:us-east-1:123456789012:log-group:/todos" }
}

override_resource {
  target = aws_ssm_parameter.password["owner"]
  values = { arn = "arn:aws:ssm:us-east-1:123456789012:parameter/todos/database/owner", version = 1864 }
}

override_resource {
  target = aws_ecs_task_definition.app
  values = { arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/todos:7" }
}

override_resource {
  target = aws_ecs_task_definition.migration
  values = { arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/todos-migration:7" }
}

override_resource {
  target = aws_iam_role.main["execution"]
  values = { arn = "arn:aws:iam::123456789012:role/execution", id = "role-execution" }
}

override_resource {
  target = aws_iam_role.main["task"]
  values = { arn = "arn:aws:iam::123456789012:role/task", id = "role-task" }
}

override_resource {
  target = aws_cloudwatch_metric_alarm.anomalies
  values = { arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:anomalies" }
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

variables {
  name   = "todos"
  public = true
}

run "default" {
  variables {
    image = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/todos:1"
  }
}

# An own network, HTTPS, few callers, protected.
run "narrow" {
  state_key = "narrow"

  variables {
    region             = "eu-central-1"
    credentials_file   = "../credentials.example"
    own_network        = true
    network_cidr       = "10.80.0.0/16"
    public             = false
    allowed_cidrs      = ["203.0.113.0/24", "198.51.100.7/32"]
    certificate_arn    = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    domain             = "todos.example.com"
    zone_id            = "Z123"
    protect            = true
    multi_az           = true
    alarm_email        = "someone@example.com"
    log_retention_days = 30

    image             = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/other@sha256:0123456789abcdef"
    cpu_architecture  = "ARM64"
    task_cpu          = 512
    task_memory_mib   = 3072
    workers           = 3
    threads           = 2
    min_tasks         = 2
    max_tasks         = 3
    requests_per_task = 200

    database_version     = "17"
    database_class       = "db.t4g.small"
    database_storage_gib = 30

    api_keys_secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:api-keys-AbCdEf"
  }
}

# An account that denies what some labs deny.
run "denied" {
  state_key = "denied"

  variables {
    region             = "us-west-2"
    secrets_manager    = false
    saved_queries      = false
    field_index        = false
    container_insights = false
    last_snapshot      = true
    domain             = "todos.example.com"
    await_deployment   = false
    image              = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/todos:1"
  }
}

run "learner_lab" {
  state_key = "learner_lab"

  variables {
    learner_lab      = true
    protect          = true
    last_snapshot    = true
    migrate          = false
    await_deployment = false
  }
}

run "emulated" {
  state_key = "emulated"

  variables {
    region           = "eu-west-1"
    emulator         = true
    migrate          = false
    await_deployment = false
    cpu_architecture = "ARM64"
    python_image     = "python:3.13"
    pip_index_url    = "https://packages.example.com/simple"
  }
}

# Every option that is off by default.
run "options" {
  state_key = "options"

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-elsewhere" } # as China's and GovCloud's differ
  }

  variables {
    region           = "ap-south-1"
    image            = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/todos:1"
    migrate          = false
    await_deployment = false

    permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
    alb_access_logs      = true
    log_retention_days   = 30

    waf_requests_per_5_minutes = 5000

    min_tasks    = 2
    max_tasks    = 5
    spot_percent = 70
    scheduled_tasks = {
      lecture = { schedule = "cron(45 9 ? * MON *)", min = 3, max = 12, time_zone = "Europe/Berlin" }
      evening = { schedule = "at(2027-01-31T17:00:00)", min = 2, max = 5 }
    }
    database_class = "db.t4g.medium"

    ecs_exec           = true
    rollback_on_alarms = true

    mask_in_logs    = ["EmailAddress", "PhoneNumber-DE"]
    error_anomalies = true
    alarm_email     = "someone@example.com"
  }
}

# A later apply of the same.
run "again" {
  command = plan

  variables {
    image = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/todos:1"
  }
}

run "denied_again" {
  command   = plan
  state_key = "denied"

  variables {
    region             = "us-west-2"
    secrets_manager    = false
    saved_queries      = false
    field_index        = false
    container_insights = false
    last_snapshot      = true
    domain             = "todos.example.com"
    await_deployment   = false
    image              = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/todos:1"
  }
}

# A later apply that makes anew what a new version or another name would.
run "changed" {
  command = plan

  variables {
    image     = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/todos:1"
    min_tasks = 2
  }

  plan_options {
    replace = [
      aws_lb_target_group.app,
      aws_db_parameter_group.main,
      aws_ecs_task_definition.app,
      aws_ecs_task_definition.migration,
    ]
  }
}
