mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  image            = "example.com/taskoverflow:1"
  migrate          = false
  await_deployment = false
}

# A variable whose own check looks at another one that is refused is not checked: such are apart.
run "values_that_nothing_could_work_with_are_refused" {
  command = plan

  variables {
    name                 = "Todos"
    region               = "us-east"
    credentials_file     = " "
    python               = " "
    network_cidr         = "10.64.0.0/21"
    allowed_cidrs        = ["everybody"]
    api_keys_secret_arn  = "arn:aws:ssm:us-east-1:123456789012:parameter/keys"
    certificate_arn      = "arn:aws:iam::123456789012:server-certificate/1"
    image                = "example.com/taskoverflow"
    pip_index_url        = "pypi.org"
    python_image         = " "
    cpu_architecture     = "arm64"
    task_cpu             = 1000
    workers              = 0
    threads              = 0
    min_tasks            = 0
    requests_per_task    = 0
    log_retention_days   = 2
    alarm_email          = "someone"
    database_version     = "14"
    database_class       = "db.m7g.medium"
    database_storage_gib = 19
  }

  expect_failures = [
    var.name, var.region, var.credentials_file, var.python, var.network_cidr, var.allowed_cidrs,
    var.api_keys_secret_arn, var.certificate_arn, var.image, var.pip_index_url, var.python_image,
    var.cpu_architecture, var.task_cpu, var.workers, var.threads, var.min_tasks, var.requests_per_task,
    var.log_retention_days, var.alarm_email, var.database_version, var.database_class, var.database_storage_gib,
  ]
}

run "other_such_values_are_refused_and_nobody_is_let_in_by_default" {
  command = plan

  variables {
    name                 = "a-name-that-is-far-too-long"
    region               = "US-EAST-1"
    api_keys_secret_arn  = "arn:aws:secretsmanager:us-east-1:1234:secret:keys"
    domain               = "https://todos.example.com"
    image                = "example.com:5000/taskoverflow"
    pip_index_url        = "ftp://pypi.org"
    task_memory_mib      = 1024
    workers              = 65
    threads              = 65
    max_tasks            = 0
    alarm_email          = "some one@example.com"
    database_version     = "20"
    database_storage_gib = 91
    learner_lab          = true
  }

  expect_failures = [
    var.name, var.region, var.api_keys_secret_arn, var.domain, var.image, var.pip_index_url, var.task_memory_mib,
    var.workers, var.threads, var.max_tasks, var.alarm_email, var.database_version, var.database_storage_gib,
    var.allowed_cidrs,
  ]
}

run "values_just_beyond_an_edge_are_refused" {
  command = plan

  variables {
    public          = true
    name            = "1todos"
    network_cidr    = "10.64.0.0/15"
    tags            = { (format("%0129d", 0)) = "" }
    task_cpu        = 4096
    task_memory_mib = 31744
    spot_percent    = -1
    scheduled_tasks = { night = { schedule = "cron(0 22 * * ? *)", min = 3, max = 2 } }

    waf_requests_per_5_minutes = 2000000001
  }

  expect_failures = [
    var.name, var.network_cidr, var.tags, var.task_memory_mib, var.spot_percent, var.scheduled_tasks,
    var.waf_requests_per_5_minutes,
  ]
}

run "a_memory_between_fargates_steps_is_refused" {
  command = plan

  variables {
    public          = true
    task_cpu        = 256
    task_memory_mib = 1536
  }

  expect_failures = [var.task_memory_mib]
}

run "a_certificate_is_for_a_name_and_everybody_is_not_some" {
  command = plan

  variables {
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    public          = true
    allowed_cidrs   = ["203.0.113.7/32"]
    task_memory_mib = 9216
  }

  expect_failures = [var.domain, var.allowed_cidrs, var.task_memory_mib]
}

run "a_zone_is_for_a_name" {
  command = plan

  variables {
    zone_id = "Z123"
    public  = true
  }

  expect_failures = [var.zone_id]
}

run "a_zone_is_its_id" {
  command = plan

  variables {
    zone_id = "example.com"
    domain  = "todos.example.com"
    public  = true
  }

  expect_failures = [var.zone_id]
}

run "values_at_the_edge_are_taken" {
  command = plan

  variables {
    public               = true
    name                 = "abcdefghij-123456789"
    region               = "us-gov-west-1"
    emulator             = true
    network_cidr         = "10.64.0.0/20"
    own_network          = true
    certificate_arn      = "arn:aws-us-gov:acm:us-gov-west-1:123456789012:certificate/1"
    api_keys_secret_arn  = "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:a/b_c+d=e.f@g-AbCdEf"
    domain               = "a.todos.example.com"
    image                = "example.com:5000/taskoverflow@sha256:0123456789abcdef"
    pip_index_url        = "http://127.0.0.1:3141/simple"
    task_cpu             = 4096
    task_memory_mib      = 30720
    workers              = 64
    threads              = 1
    max_tasks            = 16
    log_retention_days   = 400
    database_version     = "15"
    database_class       = "db.m7g.4xlarge"
    database_storage_gib = 1000
    permissions_boundary = "arn:aws-us-gov:iam::aws:policy/PowerUserAccess"
    tags                 = { for number in range(40) : format("%0128d", number) => format("%0256d", number) }

    waf_requests_per_5_minutes = 10
  }

  assert {
    condition     = local.asked.vcpu == 2 * 16 * 4 + 0.25
    error_message = "The account has to allow old and new tasks side by side, and the migration."
  }

  assert {
    condition     = local.asked.region == "us-gov-west-1" && local.asked.emulator && !local.asked.learner_lab
    error_message = "The account is asked where and what the stack will be."
  }
}

run "a_lab_at_the_edge_is_taken" {
  command = plan

  variables {
    public               = true
    learner_lab          = true
    region               = "us-west-2"
    database_class       = "db.t3.medium"
    database_storage_gib = 90
    task_cpu             = 256
    task_memory_mib      = 512
    workers              = 1
    threads              = 43
    credentials_file     = "lab/credentials"
  }

  assert {
    condition     = local.asked.credentials_file == abspath("lab/credentials") && local.asked.learner_lab
    error_message = "check_account.py asks as whom Terraform will apply, wherever it runs."
  }

  assert {
    condition     = local.connections_needed == 4 * 43 * 2 + 10 && local.connections_budget == 360
    error_message = "Old and new tasks side by side, and ten for people, of 80 % of the database's."
  }
}

run "without_a_python_the_checkouts_own_is_used" {
  command = plan

  variables {
    public = true
  }

  assert {
    condition     = endswith(local.python, "/../.venv/bin/python")
    error_message = "The scripts need boto3, which .venv has."
  }
}

run "another_python_is_used_instead" {
  command = plan

  variables {
    public = true
    python = "/usr/bin/python3"
  }

  assert {
    condition     = local.python == "/usr/bin/python3"
    error_message = "python names another Python."
  }
}
