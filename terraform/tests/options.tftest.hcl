mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  image            = "example.com/taskoverflow:1"
  public           = true
  migrate          = false
  await_deployment = false
}

run "values_that_aws_would_not_take_are_refused" {
  command = plan

  variables {
    tags                 = { "aws:cost" = "1" }
    permissions_boundary = "boundary"

    waf_requests_per_5_minutes = 9

    mask_in_logs    = ["e-mail"]
    spot_percent    = 100
    scheduled_tasks = { lecture = { schedule = "45 9 * * MON", min = 1, max = 2 } }
  }

  expect_failures = [
    var.tags, var.permissions_boundary, var.waf_requests_per_5_minutes, var.spot_percent, var.scheduled_tasks,
    var.mask_in_logs,
  ]
}

run "more_tags_than_a_resource_of_aws_takes_are_refused" {
  command = plan

  variables {
    tags = { for number in range(41) : "tag-${number}" => "" }
  }

  expect_failures = [var.tags]
}

run "the_stacks_own_tags_stay" {
  command = plan

  variables {
    tags = { managedBy = "me" }
  }

  expect_failures = [var.tags]
}

run "a_schedule_with_fewer_tasks_than_the_fewest_is_refused" {
  command = plan

  variables {
    min_tasks       = 2
    scheduled_tasks = { night = { schedule = "cron(0 22 * * ? *)", min = 1, max = 2 } }
  }

  expect_failures = [var.scheduled_tasks]
}

run "a_schedule_with_more_tasks_than_the_database_has_connections_for_is_refused" {
  command = plan

  variables {
    scheduled_tasks = { lecture = { schedule = "cron(45 9 ? * MON *)", min = 4, max = 6 } }
  }

  expect_failures = [aws_ecs_service.app]
}

run "the_accounts_quotas_are_asked_for_what_a_deployment_needs_at_most" {
  command = plan

  variables {
    min_tasks       = 2
    max_tasks       = 4
    spot_percent    = 70
    scheduled_tasks = { lecture = { schedule = "cron(45 9 ? * MON *)", min = 2, max = 12 } }
    database_class  = "db.t4g.medium"
  }

  # Of twelve tasks of 1 vCPU ten are above the fewest, seven of them of Spot; each twice, and the migration.
  assert {
    condition     = local.asked.spot_vcpu == 14 && local.asked.vcpu == 10.25
    error_message = "Spot has a quota of its own, and scheduled tasks count."
  }
}

run "a_lab_refuses_what_its_role_cannot_make" {
  command = plan

  variables {
    learner_lab          = true
    permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
    ecs_exec             = true
  }

  expect_failures = [var.permissions_boundary, var.ecs_exec]
}
