output "url" {
  description = "The API's address."
  value       = "${var.certificate_arn == null ? "http" : "https"}://${coalesce(var.domain, aws_lb.main.dns_name)}"
}

output "balancer_name" {
  description = "The load balancer's own name, for the CNAME of a domain that is not in Route 53."
  value       = aws_lb.main.dns_name
}

output "is_protected" {
  description = "Whether load balancer and database refuse to be destroyed."
  value       = local.protect
}

output "region" {
  description = "AWS region, for AWS_REGION."
  value       = var.region
}

output "log_group" {
  description = "The log group, for TODO_LOG_GROUP."
  value       = aws_cloudwatch_log_group.main.name
}

output "cluster" {
  description = "The ECS cluster."
  value       = aws_ecs_cluster.main.name
}

output "service" {
  description = "The ECS service."
  value       = aws_ecs_service.app.name
}

output "task_definition" {
  description = "The task definition that this apply asked for."
  value       = aws_ecs_task_definition.app.arn
}

output "image" {
  description = "The image that the tasks run."
  value       = local.app_image
}

output "query_ids" {
  description = "The saved queries' IDs by name."
  value       = { for name, query in aws_cloudwatch_query_definition.main : name => query.query_definition_id }
}

output "insights_url" {
  description = "Logs Insights in the AWS console."
  value       = "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}#logsV2:logs-insights"
}

output "dashboard_url" {
  description = "The dashboard in the AWS console."
  value       = "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}#dashboards/dashboard/${var.name}"
}

output "size" {
  description = "What the stack consists of, for the price list of cost.py."
  value       = local.size
}
