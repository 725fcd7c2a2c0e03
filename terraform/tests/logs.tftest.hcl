mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  image            = "example.com/taskoverflow:1"
  public           = true
  migrate          = false
  await_deployment = false
}

run "log_lines_are_kept_for_a_time_and_not_for_ever" {
  assert {
    condition     = aws_cloudwatch_log_group.main.retention_in_days == 14
    error_message = "Log lines are kept for 14 days."
  }

  assert {
    condition = alltrue([
      for container in jsondecode(aws_ecs_task_definition.app.container_definitions) :
      container.logConfiguration.options["awslogs-group"] == aws_cloudwatch_log_group.main.name
    ])
    error_message = "Nothing is logged to a group without retention."
  }

  assert {
    condition = contains([
      for variable in jsondecode(aws_ecs_task_definition.app.container_definitions)[1].environment :
      "${variable.name}=${variable.value}"
    ], "TODO_LOG_GROUP=${aws_cloudwatch_log_group.main.name}")
    error_message = "The shipper delivers to the log group."
  }
}

run "each_query_file_is_saved_as_it_is" {
  assert {
    condition = (
      length(fileset("../todo/views/queries", "*")) == length(aws_cloudwatch_query_definition.main)
      && length(aws_cloudwatch_query_definition.main) > 0
    )
    error_message = "Every file in todo/views/queries is a saved query."
  }

  assert {
    condition = alltrue([
      for name, query in aws_cloudwatch_query_definition.main :
      query.query_string == file("../todo/views/queries/${name}.insights")
      && query.log_group_names == tolist([aws_cloudwatch_log_group.main.name])
    ])
    error_message = "A saved query is its file, on the log group."
  }
}

run "what_people_look_for_is_indexed" {
  assert {
    condition = alltrue([
      for field in ["correlation_id", "run_id"] :
      contains(jsondecode(aws_cloudwatch_log_index_policy.main[0].policy_document).Fields, field)
    ])
    error_message = "The index policy has correlation_id and run_id."
  }

  assert {
    condition     = can(jsondecode(aws_cloudwatch_log_index_policy.main[0].policy_document).FieldsV2.event)
    error_message = "The index policy has event, as a facet."
  }
}

run "an_emulator_gets_neither_index_nor_saved_queries" {
  variables {
    emulator = true
  }

  assert {
    condition     = length(aws_cloudwatch_log_index_policy.main) == 0 && length(aws_cloudwatch_query_definition.main) == 0
    error_message = "The emulator has no such calls."
  }
}

run "alarms_tell_who_asked" {
  variables {
    alarm_email = "someone@example.com"
  }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.main), values(aws_cloudwatch_metric_alarm.combined)) :
      length(alarm.alarm_actions) == 1
    ])
    error_message = "Each alarm tells the topic."
  }
}

run "a_retention_that_cloudwatch_does_not_know_is_refused" {
  command = plan

  variables {
    log_retention_days = 10
  }

  expect_failures = [var.log_retention_days]
}
