data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_iam_role" "lab" {
  count = var.learner_lab ? 1 : 0
  name  = "LabRole"
}

data "aws_iam_policy_document" "assumed_by_tasks" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

# What ECS does before a task's containers run: pull the image, read the secrets, open the console's log stream.
data "aws_iam_policy_document" "execution" {
  # checkov:skip=CKV_AWS_356: ecr:GetAuthorizationToken has no resource
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = concat(aws_ecr_repository.app[*].arn, local.foreign_repositories)

    content {
      actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = { for action, arns in {
      "secretsmanager:GetSecretValue" = local.secret_arns
      "ssm:GetParameters"             = local.parameter_arns
    } : action => arns if length(arns) > 0 }

    content {
      actions   = [statement.key]
      resources = statement.value
    }
  }

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.main.arn}:*"]
  }
}

# What the shipper does. The app itself calls nothing of AWS.
data "aws_iam_policy_document" "task" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.main.arn}:*"]
  }

  # checkov:skip=CKV_AWS_356: ssmmessages and logs:DescribeLogGroups have no resource
  # ECS Exec's agent, and the log of its sessions ("ECS Exec permissions", read 2026-11).
  dynamic "statement" {
    for_each = var.ecs_exec ? [
      { actions = concat(local.exec_channels, ["logs:DescribeLogGroups"]), resource = "*" },
      { actions = ["logs:DescribeLogStreams"], resource = "${aws_cloudwatch_log_group.main.arn}:*" },
    ] : []

    content {
      actions   = statement.value.actions
      resources = [statement.value.resource]
    }
  }
}

resource "aws_iam_role" "main" {
  for_each             = toset(var.learner_lab ? [] : ["execution", "task"])
  name_prefix          = "${var.name}-${each.key}-"
  assume_role_policy   = data.aws_iam_policy_document.assumed_by_tasks.json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "main" {
  for_each = aws_iam_role.main
  name     = each.key
  role     = each.value.id
  policy   = each.key == "task" ? data.aws_iam_policy_document.task.json : data.aws_iam_policy_document.execution.json
}

locals {
  exec_channels = [
    for call in ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"] : "ssmmessages:${call}"
  ]
  execution_role_arn = var.learner_lab ? data.aws_iam_role.lab[0].arn : aws_iam_role.main["execution"].arn
  task_role_arn      = var.learner_lab ? data.aws_iam_role.lab[0].arn : aws_iam_role.main["task"].arn
}
