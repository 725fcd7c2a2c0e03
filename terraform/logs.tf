resource "aws_cloudwatch_log_group" "main" {
  # checkov:skip=CKV_AWS_158: AWS's own key encrypts it; the lines hold no secrets and no parameter values
  # checkov:skip=CKV_AWS_338: a year of each request's lines costs more than the stack; log_retention_days is a variable
  name              = local.log_group
  log_group_class   = "STANDARD" # the cheaper class has no field index, no metric filter and no Live Tail
  retention_in_days = var.log_retention_days
}

# Groups that RDS and Container Insights write to. They would make them themselves, without retention, and leave them.
resource "aws_cloudwatch_log_group" "of_aws" {
  # checkov:skip=CKV_AWS_158: AWS's own key encrypts them; they hold no statement
  # checkov:skip=CKV_AWS_338: as for the group of the app
  for_each = toset(concat(
    [for kind in local.database_logs : "/aws/rds/instance/${var.name}/${kind}"],
    local.container_insights ? ["/aws/ecs/containerinsights/${var.name}/performance"] : [],
  ))
  name              = each.key
  retention_in_days = var.log_retention_days
}

locals {
  database_logs = var.emulator ? [] : ["postgresql", "upgrade"]
}

# Queries for `field = value` on these skip what cannot match, and so cost less. Those with few values are facets, too: the
# console of Logs Insights counts each value without a query (PutIndexPolicy, read 2026-11).
resource "aws_cloudwatch_log_index_policy" "main" {
  count          = var.emulator || !var.field_index ? 0 : 1
  log_group_name = aws_cloudwatch_log_group.main.name
  policy_document = jsonencode({
    Fields   = ["correlation_id", "run_id", "trace_id", "xray_trace_id"]
    FieldsV2 = { for name in ["event", "http_route", "http_status"] : name => { type = "FACET" } }
  })
}

locals {
  query_folder = "${path.module}/../todo/views/queries"
  queries = {
    for file in fileset(local.query_folder, "*.insights") : trimsuffix(file, ".insights") => file("${local.query_folder}/${file}")
  }
}

# The same files that `todo insights` runs.
resource "aws_cloudwatch_query_definition" "main" {
  for_each        = var.emulator || !var.saved_queries ? {} : local.queries
  name            = "${var.name}/${each.key}"
  log_group_names = [aws_cloudwatch_log_group.main.name]
  query_string    = each.value
}

# Masked as they arrive: what is there already stays as it is.
resource "aws_cloudwatch_log_data_protection_policy" "main" {
  count          = length(var.mask_in_logs) == 0 ? 0 : 1
  log_group_name = aws_cloudwatch_log_group.main.name

  policy_document = jsonencode({
    Name    = var.name
    Version = "2021-06-01"
    Statement = [for operation in [{ Audit = { FindingsDestination = {} } }, { Deidentify = { MaskConfig = {} } }] : {
      Sid            = lower(keys(operation)[0])
      DataIdentifier = [for name in var.mask_in_logs : "arn:${data.aws_partition.current.partition}:dataprotection::aws:data-identifier/${name}"]
      Operation      = operation
    }]
  })
}

resource "aws_cloudwatch_log_anomaly_detector" "errors" {
  count                   = var.error_anomalies ? 1 : 0
  detector_name           = "${var.name}-errors"
  log_group_arn_list      = [aws_cloudwatch_log_group.main.arn]
  filter_pattern          = "{ $.level = \"ERROR\" || $.level = \"CRITICAL\" }"
  evaluation_frequency    = "FIVE_MIN"
  anomaly_visibility_time = 21 # days, after which it counts as usual
  enabled                 = true
}
