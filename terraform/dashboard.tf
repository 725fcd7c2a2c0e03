locals {
  balancer_metric = "AWS/ApplicationELB"
  of_target       = ["TargetGroup", aws_lb_target_group.app.arn_suffix, "LoadBalancer", aws_lb.main.arn_suffix]
  of_service      = ["ClusterName", aws_ecs_cluster.main.name, "ServiceName", aws_ecs_service.app.name]
  of_database     = ["DBInstanceIdentifier", aws_db_instance.main.identifier]

  charts = [
    { title = "Requests and errors a minute", stat = "Sum", metrics = [
      concat([local.balancer_metric, "RequestCount"], local.of_target),
      concat([local.balancer_metric, "HTTPCode_Target_5XX_Count"], local.of_target),
    ] },
    { title = "Response time p95, s", stat = "p95", metrics = [
      concat([local.balancer_metric, "TargetResponseTime"], local.of_target),
    ] },
    { title = "Tasks: CPU and memory, %", stat = "Average", metrics = [
      concat(["AWS/ECS", "CPUUtilization"], local.of_service),
      concat(["AWS/ECS", "MemoryUtilization"], local.of_service),
    ] },
    { title = "Healthy tasks", stat = "Minimum", metrics = [
      concat([local.balancer_metric, "HealthyHostCount"], local.of_target),
    ] },
    { title = "Database: connections", stat = "Maximum", metrics = [
      concat(["AWS/RDS", "DatabaseConnections"], local.of_database),
    ] },
    { title = "Log lines a minute", stat = "Sum", metrics = [
      ["AWS/Logs", "IncomingLogEvents", "LogGroupName", local.log_group],
    ] },
  ]

  # Each look at one of these scans the log group, and is paid for by what it scans.
  tables = ["bottleneck_routes", "bottleneck_statements", "errors"]

  alarm_arns = concat(
    [for alarm in aws_cloudwatch_metric_alarm.main : alarm.arn],
    [for alarm in aws_cloudwatch_metric_alarm.combined : alarm.arn],
    aws_cloudwatch_metric_alarm.anomalies[*].arn,
  )
}

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = concat(
      [{ type = "alarm", x = 0, y = 0, width = 24, height = 3, properties = { title = "Alarms", alarms = local.alarm_arns } }],
      [for index, chart in local.charts : {
        type = "metric", x = 8 * (index % 3), y = 3 + 6 * floor(index / 3), width = 8, height = 6
        properties = {
          title = chart.title, stat = chart.stat, metrics = chart.metrics, period = 60, region = var.region, view = "timeSeries"
        }
      }],
      [for index, name in local.tables : {
        type = "log", x = 0, y = 15 + 6 * index, width = 24, height = 6
        properties = {
          title = name, region = var.region, view = "table", query = "SOURCE '${local.log_group}' | ${local.queries[name]}"
        }
      }],
    )
  })
}
