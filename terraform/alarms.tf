resource "aws_sns_topic" "alarms" {
  # checkov:skip=CKV_AWS_26: CloudWatch cannot publish through AWS's own key for SNS; an alarm says nothing secret
  count = var.alarm_email == null ? 0 : 1
  name  = "${var.name}-alarms"
}

resource "aws_sns_topic_subscription" "alarms" {
  count     = var.alarm_email == null ? 0 : 1
  topic_arn = aws_sns_topic.alarms[0].arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

locals {
  balancer_dimensions = { LoadBalancer = aws_lb.main.arn_suffix }
  target_dimensions   = merge(local.balancer_dimensions, { TargetGroup = aws_lb_target_group.app.arn_suffix })
  service_dimensions  = { ClusterName = aws_ecs_cluster.main.name, ServiceName = var.name }
  database_dimensions = { DBInstanceIdentifier = aws_db_instance.main.identifier }

  # Two of three minutes over (or under) the threshold.
  alarms = {
    balancer-errors = {
      text      = "The load balancer itself answers 5xx: no task is there, or none answers in time"
      namespace = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count", statistic = "Sum"
      dimension = local.balancer_dimensions, over = true, threshold = 5, silence = "notBreaching"
    }
    slow = {
      text      = "The slowest 5 % of the requests take over a second"
      namespace = "AWS/ApplicationELB", metric = "TargetResponseTime", statistic = "p95"
      dimension = local.target_dimensions, over = true, threshold = 1, silence = "notBreaching"
    }
    unhealthy = {
      text      = "A task fails its health check"
      namespace = "AWS/ApplicationELB", metric = "UnHealthyHostCount", statistic = "Maximum"
      dimension = local.target_dimensions, over = true, threshold = 0, silence = "notBreaching"
    }
    too-few-tasks = {
      text      = "Fewer healthy tasks than min_tasks"
      namespace = "AWS/ApplicationELB", metric = "HealthyHostCount", statistic = "Minimum"
      dimension = local.target_dimensions, over = false, threshold = var.min_tasks, silence = "breaching"
    }
    cpu = {
      text      = "The tasks' CPU is nearly used up"
      namespace = "AWS/ECS", metric = "CPUUtilization", statistic = "Average"
      dimension = local.service_dimensions, over = true, threshold = 85, silence = "missing"
    }
    database-connections = {
      text      = "The database's connections are nearly used up"
      namespace = "AWS/RDS", metric = "DatabaseConnections", statistic = "Maximum"
      dimension = local.database_dimensions, over = true, threshold = local.connections_budget, silence = "missing"
    }
    database-storage = {
      text      = "The database has under 2 GiB of storage left"
      namespace = "AWS/RDS", metric = "FreeStorageSpace", statistic = "Minimum"
      dimension = local.database_dimensions, over = false, threshold = 2147483648, silence = "missing"
    }
  }

  # Figures of two metrics together.
  combined_alarms = {
    errors = {
      text       = "Over 1 % of the requests fail with a 5xx"
      expression = "IF(requests > 0, 100 * FILL(part, 0) / requests, 0)", threshold = 1, minutes = 3
      part       = { namespace = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", dimension = local.target_dimensions }
    }
    no-log-lines = {
      text       = "Requests are answered, and no log line arrives: the shippers do not deliver"
      expression = "IF(requests > 0 AND FILL(part, 0) == 0, 1, 0)", threshold = 0, minutes = 5
      part       = { namespace = "AWS/Logs", metric = "IncomingLogEvents", dimension = { LogGroupName = local.log_group } }
    }
  }
  alarm_actions = aws_sns_topic.alarms[*].arn

  # What clients see of a bad version. The service names them, and so no alarm may wait for the service.
  deployment_alarms = var.emulator || !var.rollback_on_alarms ? [] : [
    aws_cloudwatch_metric_alarm.main["balancer-errors"].alarm_name,
    aws_cloudwatch_metric_alarm.main["slow"].alarm_name,
    aws_cloudwatch_metric_alarm.combined["errors"].alarm_name,
  ]
}

resource "aws_cloudwatch_metric_alarm" "main" {
  for_each            = var.emulator ? {} : local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.text
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimension
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = each.value.over ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  treat_missing_data  = each.value.silence
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "combined" {
  for_each            = var.emulator ? {} : local.combined_alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.text
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = each.value.minutes
  datapoints_to_alarm = each.value.minutes - 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions

  metric_query {
    id          = "result"
    expression  = each.value.expression
    label       = each.value.text
    return_data = true
  }

  metric_query {
    id = "requests"

    metric {
      namespace   = "AWS/ApplicationELB"
      metric_name = "RequestCount"
      dimensions  = local.target_dimensions
      stat        = "Sum"
      period      = 60
    }
  }

  metric_query {
    id = "part"

    metric {
      namespace   = each.value.part.namespace
      metric_name = each.value.part.metric
      dimensions  = each.value.part.dimension
      stat        = "Sum"
      period      = 60
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "anomalies" {
  count               = length(aws_cloudwatch_log_anomaly_detector.errors)
  alarm_name          = "${var.name}-anomalies"
  alarm_description   = "The log has errors that it usually has not"
  namespace           = "AWS/Logs"
  metric_name         = "AnomalyCount"
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions

  dimensions = {
    LogAnomalyDetector = aws_cloudwatch_log_anomaly_detector.errors[0].detector_name
    LogAnomalyPriority = "MEDIUM" # and HIGH
  }
}
