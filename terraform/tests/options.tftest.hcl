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
  }

  expect_failures = [var.tags, var.permissions_boundary, var.waf_requests_per_5_minutes]
}

run "the_stacks_own_tags_stay" {
  command = plan

  variables {
    tags = { managedBy = "me" }
  }

  expect_failures = [var.tags]
}

run "a_lab_refuses_what_its_role_cannot_make" {
  command = plan

  variables {
    learner_lab          = true
    permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
  }

  expect_failures = [var.permissions_boundary]
}
