data "aws_secretsmanager_random_password" "database" {
  password_length     = 40
  exclude_punctuation = true
}

# The data source gives another password each time; this keeps the first. Like the secret's value, it is in the state,
# which is therefore a secret too. It does not rotate: tasks read secrets only when they start.
resource "terraform_data" "password" {
  input = sensitive(data.aws_secretsmanager_random_password.database.random_password)

  lifecycle {
    ignore_changes = [input]
  }
}

locals {
  api_keys_secret_arns = var.api_keys_secret_arn == null ? [] : [var.api_keys_secret_arn]
}

resource "aws_secretsmanager_secret" "database_uri" {
  # checkov:skip=CKV_AWS_149: AWS's own key encrypts it; a key of one's own costs $1 a month and adds no reader less
  # checkov:skip=CKV2_AWS_57: tasks read it only when they start, so that a rotation would break new connections
  name_prefix             = "${var.name}-database-uri-"
  description             = "SQLALCHEMY_DATABASE_URI of the tasks"
  recovery_window_in_days = local.protect ? 7 : 0
}

resource "aws_secretsmanager_secret_version" "database_uri" {
  secret_id = aws_secretsmanager_secret.database_uri.id
  secret_string = format(
    "postgresql://todo:%s@%s/todo?sslmode=%s",
    terraform_data.password.output, aws_db_instance.main.endpoint, var.emulator ? "prefer" : "require",
  )
}
