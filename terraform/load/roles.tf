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

# What ECS does before k6 runs: pull the image, read the key, open the log stream.
data "aws_iam_policy_document" "execution" {
  # checkov:skip=CKV_AWS_356: ecr:GetAuthorizationToken has no resource
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = concat(aws_ecr_repository.main[*].arn, local.foreign_repositories)

    content {
      actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.api_key_secret_arn[*]

    content {
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [statement.value]
    }
  }

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.main.arn}:*"]
  }
}

# What machine.py does. It cannot read what other machines brought.
data "aws_iam_policy_document" "task" {
  statement {
    actions   = ["s3:GetObject"]
    resources = [for name in ["input.tar.gz", "start"] : "${aws_s3_bucket.main.arn}/*/${name}"]
  }

  statement {
    actions   = ["s3:AbortMultipartUpload", "s3:PutObject"]
    resources = ["${aws_s3_bucket.main.arn}/*/machine-*"]
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
  execution_role_arn = var.learner_lab ? data.aws_iam_role.lab[0].arn : aws_iam_role.main["execution"].arn
  task_role_arn      = var.learner_lab ? data.aws_iam_role.lab[0].arn : aws_iam_role.main["task"].arn
}
