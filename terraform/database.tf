resource "aws_db_subnet_group" "main" {
  name       = var.name
  subnet_ids = local.private_subnets
}

resource "aws_db_parameter_group" "main" {
  name_prefix = "${var.name}-"
  family      = "postgres${var.database_version}"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  dynamic "parameter" {
    for_each = {
      # psycopg2 writes the values into the statement: what logs statements, logs people's data. The app's own
      # query lines have each statement without them.
      "log_statement"              = "none"
      "log_min_duration_statement" = "-1"
      "log_min_error_statement"    = "panic"
      "log_error_verbosity"        = "terse" # the detail of a broken constraint has the row
      "log_parameter_max_length"   = "0"

      "statement_timeout"                   = "30000"
      "idle_in_transaction_session_timeout" = "60000"
    }

    content {
      name  = parameter.key
      value = parameter.value
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "main" {
  # checkov:skip=CKV_AWS_118: enhanced monitoring needs a role that a Learner Lab does not allow
  # checkov:skip=CKV_AWS_157: a variable (multi_az): a standby doubles the price
  # checkov:skip=CKV_AWS_161: the app signs in by a password from Secrets Manager; it holds no AWS credentials
  # checkov:skip=CKV_AWS_293: a variable (protect): a stack for a load test has to go away again
  # checkov:skip=CKV_AWS_353: Performance Insights keeps statements with the values that psycopg2 writes into them
  # checkov:skip=CKV_AWS_354: as above
  identifier                      = var.name
  engine                          = "postgres"
  engine_version                  = var.database_version
  instance_class                  = var.database_class
  allocated_storage               = var.database_storage_gib
  max_allocated_storage           = var.learner_lab ? 100 : 5 * var.database_storage_gib
  storage_type                    = var.learner_lab ? "gp2" : "gp3"
  storage_encrypted               = true
  db_name                         = "todo"
  username                        = "todo"
  manage_master_user_password     = var.secrets_manager ? true : null # RDS renews it every seven days
  password                        = var.secrets_manager ? null : terraform_data.password["owner"].output
  ca_cert_identifier              = local.database_authority
  db_subnet_group_name            = aws_db_subnet_group.main.name
  vpc_security_group_ids          = [aws_security_group.database.id]
  parameter_group_name            = aws_db_parameter_group.main.name
  publicly_accessible             = false
  multi_az                        = var.multi_az
  backup_retention_period         = var.learner_lab ? 1 : 7
  monitoring_interval             = 0
  performance_insights_enabled    = false
  enabled_cloudwatch_logs_exports = local.database_logs
  auto_minor_version_upgrade      = true
  allow_major_version_upgrade     = true # by a new database_version alone
  copy_tags_to_snapshot           = true
  deletion_protection             = local.protect
  skip_final_snapshot             = !local.last_snapshot
  final_snapshot_identifier       = local.last_snapshot ? "${var.name}-${terraform_data.database_generation.id}" : null
  apply_immediately               = true

  lifecycle {
    precondition {
      condition     = var.emulator || strcontains(file("${local.source_root}/containers/rds-ca.pem"), "# ${var.region}\n")
      error_message = "The image has no authority of RDS in ${var.region}: put the certificate ${local.database_authority} of https://truststore.pki.rds.amazonaws.com/${var.region}/${var.region}-bundle.pem into containers/rds-ca.pem."
    }
  }

  depends_on = [aws_cloudwatch_log_group.of_aws] # RDS would make its own, kept for ever
}

locals {
  database_authority = "rds-ca-rsa2048-g1" # whose certificates containers/rds-ca.pem has
  # Without a password, which is libpq's PGPASSWORD. The owner migrates; the app is a role that owns nothing.
  database_role = "todo_app"
  database_tls  = var.emulator ? "sslmode=prefer" : "sslmode=verify-full&sslrootcert=/opt/todo/rds-ca.pem"
  database_uri = {
    for user in [aws_db_instance.main.username, local.database_role] :
    user => "postgresql://${user}@${aws_db_instance.main.endpoint}/${aws_db_instance.main.db_name}?${local.database_tls}"
  }
}

# A snapshot's name of its own for each database that the stack has had.
resource "terraform_data" "database_generation" {}
