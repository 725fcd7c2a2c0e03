locals {
  api_keys_secret_arns = var.api_keys_secret_arn == null ? [] : [var.api_keys_secret_arn]
  # RDS's own secret, which it renews at any time. Only the migration's task has it, and reads it when it starts.
  owner_secret_arns = [for secret in aws_db_instance.main.master_user_secret : secret.secret_arn if var.secrets_manager]
  secret_arns       = concat(aws_secretsmanager_secret.role_password[*].arn, local.owner_secret_arns, local.api_keys_secret_arns)
  parameter_arns    = [for parameter in aws_ssm_parameter.password : parameter.arn]
  # As a task definition names them.
  role_password  = var.secrets_manager ? one(aws_secretsmanager_secret.role_password[*].arn) : aws_ssm_parameter.password["role"].arn
  owner_password = var.secrets_manager ? "${one(local.owner_secret_arns)}:password::" : aws_ssm_parameter.password["owner"].arn
}

resource "aws_secretsmanager_secret" "role_password" {
  # checkov:skip=CKV_AWS_149: AWS's own key encrypts it; a key of one's own costs $1 a month and adds no reader less
  # checkov:skip=CKV2_AWS_57: running tasks keep what they have read, so that a rotation would break new connections
  count                   = var.secrets_manager ? 1 : 0
  name_prefix             = "${var.name}-database-role-"
  description             = "Password of the tasks' role in the database"
  recovery_window_in_days = local.protect ? 7 : 0
}

# 244 random bits. Terraform forgets them: they are in no plan and in no state.
resource "aws_secretsmanager_secret_version" "role_password" {
  count                    = var.secrets_manager ? 1 : 0
  secret_id                = aws_secretsmanager_secret.role_password[0].id
  secret_string_wo         = replace("${uuid()}${uuid()}", "-", "")
  secret_string_wo_version = 1
}

# Without Secrets Manager the passwords are here and in the state, which is a secret then, and nothing renews them.
resource "terraform_data" "password" {
  for_each = toset(var.secrets_manager ? [] : ["owner", "role"])
  input    = sensitive(replace("${uuid()}${uuid()}", "-", ""))

  lifecycle {
    ignore_changes = [input]
  }
}

resource "aws_ssm_parameter" "password" {
  # checkov:skip=CKV_AWS_337: AWS's own key encrypts it; a key of one's own costs $1 a month and adds no reader less
  for_each = terraform_data.password
  name     = "/${var.name}/database/${each.key}"
  type     = "SecureString"
  value    = each.value.output
}
