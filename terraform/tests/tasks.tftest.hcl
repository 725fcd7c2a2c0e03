mock_provider "aws" {
  source = "./tests/mocks"
}

# A provisioner really runs, even with a mocked provider: no image is built and no migration is run.
variables {
  image            = "example.com/taskoverflow:1"
  public           = true
  migrate          = false
  await_deployment = false
}

run "keep_alive_is_longer_than_the_balancers_idle_timeout" {
  assert {
    condition = tonumber({
      for variable in jsondecode(aws_ecs_task_definition.app.container_definitions)[0].environment :
      variable.name => variable.value
    }["TODO_KEEP_ALIVE_S"]) >= aws_lb.main.idle_timeout + 5
    error_message = "gunicorn has to keep a connection at least 5 s longer than the load balancer does."
  }
}

run "no_secret_is_in_a_plain_environment" {
  assert {
    condition = alltrue([
      for container in concat(
        jsondecode(aws_ecs_task_definition.app.container_definitions),
        jsondecode(aws_ecs_task_definition.migration.container_definitions),
      ) : !anytrue([for variable in container.environment : strcontains(variable.name, "PASSWORD")])
    ])
    error_message = "A password is a secret, not a plain variable."
  }

  assert {
    condition     = aws_db_instance.main.password == null && aws_secretsmanager_secret_version.role_password[0].secret_string == null
    error_message = "No password is in the state."
  }
}

run "the_shipper_stops_last_and_delivers_what_is_left" {
  assert {
    condition = (
      jsondecode(aws_ecs_task_definition.app.container_definitions)[0].dependsOn
      == [{ containerName = "shipper", condition = "START" }]
    )
    error_message = "The app depends on the shipper, so that the shipper stops after it."
  }

  assert {
    condition = tonumber({
      for variable in jsondecode(aws_ecs_task_definition.app.container_definitions)[1].environment :
      variable.name => variable.value
    }["TODO_SHIP_DRAIN_DEADLINE_S"]) < jsondecode(aws_ecs_task_definition.app.container_definitions)[1].stopTimeout
    error_message = "The shipper gives up before it is killed."
  }

  assert {
    condition = tonumber({
      for variable in jsondecode(aws_ecs_task_definition.app.container_definitions)[0].environment :
      variable.name => variable.value
    }["TODO_GRACEFUL_TIMEOUT_S"]) < jsondecode(aws_ecs_task_definition.app.container_definitions)[0].stopTimeout
    error_message = "gunicorn lets requests finish before it is killed."
  }

  assert {
    condition = (
      contains(jsondecode(aws_ecs_task_definition.app.container_definitions)[1].mountPoints[*].sourceVolume, "spool")
      && contains(jsondecode(aws_ecs_task_definition.app.container_definitions)[0].mountPoints[*].sourceVolume, "spool")
    )
    error_message = "App and shipper share the spool."
  }
}

run "containers_are_read_only_and_not_root" {
  assert {
    condition = alltrue([
      for container in concat(
        jsondecode(aws_ecs_task_definition.app.container_definitions),
        jsondecode(aws_ecs_task_definition.migration.container_definitions),
      ) : container.readonlyRootFilesystem && container.user == "6400:6400"
    ])
    error_message = "Every container has a read-only root and a user without rights."
  }
}

run "a_failed_deployment_is_rolled_back" {
  assert {
    condition = (
      aws_ecs_service.app.deployment_circuit_breaker[0].enable
      && aws_ecs_service.app.deployment_circuit_breaker[0].rollback
    )
    error_message = "The circuit breaker rolls back."
  }

  assert {
    condition = (
      aws_ecs_service.app.deployment_minimum_healthy_percent == 100
      && aws_ecs_service.app.deployment_maximum_percent == 200
    )
    error_message = "Old tasks stay until new ones are healthy."
  }
}

run "connections_beyond_the_database_are_refused" {
  command = plan

  variables {
    max_tasks = 6
  }

  expect_failures = [aws_ecs_service.app]
}

run "more_connections_fit_a_larger_database" {
  command = plan

  variables {
    max_tasks      = 6
    database_class = "db.t4g.small"
  }
}

run "fewest_tasks_above_most_tasks_is_refused" {
  command = plan

  variables {
    min_tasks = 5
    max_tasks = 4
  }

  expect_failures = [var.max_tasks]
}

run "an_image_whose_tag_does_not_change_is_refused" {
  command = plan

  variables {
    image = "example.com/taskoverflow:latest"
  }

  expect_failures = [var.image]
}

run "without_an_image_one_is_built_into_an_immutable_repository" {
  command = plan

  variables {
    image = null
  }

  assert {
    condition     = aws_ecr_repository.app[0].image_tag_mutability == "IMMUTABLE" && length(terraform_data.image) == 1
    error_message = "The checkout's image is built and its tag cannot change."
  }
}
