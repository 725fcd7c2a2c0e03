resource "aws_appautoscaling_target" "tasks" {
  count              = var.emulator ? 0 : 1
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.main.name}/${aws_ecs_service.app.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.min_tasks
  max_capacity       = var.max_tasks
}

locals {
  scaling = {
    requests = {
      metric         = "ALBRequestCountPerTarget"
      resource_label = "${aws_lb.main.arn_suffix}/${aws_lb_target_group.app.arn_suffix}"
      target         = 60 * var.requests_per_task # the metric counts per minute
    }
    # For what costs more than requests_per_task allows for. The larger of the two wins.
    cpu = { metric = "ECSServiceAverageCPUUtilization", resource_label = null, target = 60 }
  }
}

resource "aws_appautoscaling_policy" "tasks" {
  for_each           = var.emulator ? {} : local.scaling
  name               = "${var.name}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.tasks[0].service_namespace
  resource_id        = aws_appautoscaling_target.tasks[0].resource_id
  scalable_dimension = aws_appautoscaling_target.tasks[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.target
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
      resource_label         = each.value.resource_label
    }
  }
}

resource "aws_appautoscaling_scheduled_action" "tasks" {
  for_each           = var.emulator ? {} : var.scheduled_tasks
  name               = "${var.name}-${each.key}"
  service_namespace  = aws_appautoscaling_target.tasks[0].service_namespace
  resource_id        = aws_appautoscaling_target.tasks[0].resource_id
  scalable_dimension = aws_appautoscaling_target.tasks[0].scalable_dimension
  schedule           = each.value.schedule
  timezone           = each.value.time_zone

  scalable_target_action {
    min_capacity = each.value.min
    max_capacity = each.value.max
  }
}
