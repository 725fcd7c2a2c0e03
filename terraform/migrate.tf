# `todo db upgrade` as a task of its own, before the service gets the new version: the schema, and the role that the app
# connects as. Old tasks still run then, so that a migration has to leave them working.
resource "aws_ecs_task_definition" "migration" {
  # checkov:skip=CKV_AWS_249: a Learner Lab has LabRole alone; elsewhere the two roles differ
  family                   = "${var.name}-migration"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = local.execution_role_arn
  task_role_arn            = local.task_role_arn

  container_definitions = jsonencode([merge(local.container, {
    name    = "migration"
    command = ["db", "upgrade"]
    environment = [
      { name = "SQLALCHEMY_DATABASE_URI", value = local.database_uri[aws_db_instance.main.username] },
      { name = "TODO_DATABASE_ROLE", value = local.database_role },
    ]
    secrets = [
      { name = "PGPASSWORD", valueFrom = local.owner_password },
      { name = "TODO_DATABASE_ROLE_PASSWORD", valueFrom = local.role_password },
    ]
  })])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  volume {
    name = "tmp"
  }
}

resource "terraform_data" "migration" {
  count = var.migrate ? 1 : 0
  triggers_replace = [
    aws_ecs_task_definition.migration.arn, aws_db_instance.main.resource_id,
    aws_secretsmanager_secret_version.role_password[*].version_id,
    [for parameter in aws_ssm_parameter.password : parameter.version],
  ]

  provisioner "local-exec" {
    interpreter = [local.python]
    command     = "${path.module}/scripts/run_task.py"

    environment = {
      REGION           = var.region
      CREDENTIALS_FILE = var.credentials_file == null ? "" : abspath(var.credentials_file)
      CLUSTER          = aws_ecs_cluster.main.arn
      TASK_DEFINITION  = aws_ecs_task_definition.migration.arn
      SUBNETS          = join(",", local.private_subnets)
      SECURITY_GROUPS  = aws_security_group.tasks.id
      LOG_GROUP        = local.log_group
      PUBLIC_IP        = var.own_network ? "DISABLED" : "ENABLED"
    }
  }

  depends_on = [
    aws_iam_role_policy.main,
    aws_route_table_association.private,
    aws_vpc_security_group_egress_rule.tasks_to_aws,
    aws_vpc_security_group_egress_rule.tasks_to_database,
    aws_vpc_security_group_ingress_rule.database_from_tasks,
  ]
}
