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
      "log_statement"                       = "ddl"
      "log_min_duration_statement"          = "1000"
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
  # checkov:skip=CKV_AWS_353: it is on where the class and the account have it: not for burstable classes, nor in a lab
  # checkov:skip=CKV_AWS_354: Performance Insights keeps no parameter values; AWS's own key encrypts it
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
  password                        = terraform_data.password.output
  db_subnet_group_name            = aws_db_subnet_group.main.name
  vpc_security_group_ids          = [aws_security_group.database.id]
  parameter_group_name            = aws_db_parameter_group.main.name
  publicly_accessible             = false
  multi_az                        = var.multi_az
  backup_retention_period         = var.learner_lab ? 1 : 7
  monitoring_interval             = 0
  performance_insights_enabled    = !var.learner_lab && !startswith(var.database_class, "db.t")
  enabled_cloudwatch_logs_exports = var.emulator ? [] : ["postgresql", "upgrade"]
  auto_minor_version_upgrade      = true
  copy_tags_to_snapshot           = true
  deletion_protection             = local.protect
  skip_final_snapshot             = !local.protect
  final_snapshot_identifier       = local.protect ? "${var.name}-last" : null
  apply_immediately               = true
}
