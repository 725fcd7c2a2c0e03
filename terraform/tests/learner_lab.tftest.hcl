mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  image            = "example.com/taskoverflow:1"
  public           = true
  migrate          = false
  await_deployment = false
}

run "a_lab_uses_labrole_and_makes_no_role" {
  variables {
    learner_lab = true
  }

  assert {
    condition     = length(aws_iam_role.main) == 0 && length(aws_iam_role_policy.main) == 0
    error_message = "A Learner Lab allows no new roles."
  }

  assert {
    condition = (
      aws_ecs_task_definition.app.task_role_arn == "arn:aws:iam::123456789012:role/LabRole"
      && aws_ecs_task_definition.app.execution_role_arn == "arn:aws:iam::123456789012:role/LabRole"
    )
    error_message = "The tasks have LabRole."
  }
}

run "an_account_has_two_roles_of_its_own" {
  assert {
    condition     = length(aws_iam_role.main) == 2 && length(data.aws_iam_role.lab) == 0
    error_message = "Outside of a lab each part has its role, and LabRole is not looked for."
  }
}

run "a_lab_is_cheap_and_goes_away" {
  command = plan

  variables {
    learner_lab = true
    protect     = true
  }

  assert {
    condition = (
      aws_db_instance.main.skip_final_snapshot && !aws_db_instance.main.deletion_protection
      && !aws_lb.main.enable_deletion_protection
    )
    error_message = "A lab's stack is destroyed without a last snapshot."
  }

  assert {
    condition = (
      aws_db_instance.main.storage_type == "gp2" && aws_db_instance.main.max_allocated_storage <= 100
      && aws_db_instance.main.monitoring_interval == 0 && !aws_db_instance.main.multi_az
      && !aws_db_instance.main.performance_insights_enabled
    )
    error_message = "A lab's database keeps to what the lab allows."
  }

  assert {
    condition     = one(aws_ecs_cluster.main.setting).value == "disabled"
    error_message = "Container Insights is not paid for in a lab."
  }
}

run "a_lab_in_another_region_is_refused" {
  command = plan

  variables {
    learner_lab = true
    region      = "eu-central-1"
  }

  expect_failures = [var.region]
}

run "an_account_may_be_in_any_region" {
  command = plan

  variables {
    region = "eu-central-1"
  }
}

run "a_labs_large_database_is_refused" {
  command = plan

  variables {
    learner_lab    = true
    database_class = "db.m7g.large"
  }

  expect_failures = [var.database_class]
}

run "a_labs_standby_is_refused" {
  command = plan

  variables {
    learner_lab = true
    multi_az    = true
  }

  expect_failures = [var.multi_az]
}
