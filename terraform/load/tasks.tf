locals {
  container = {
    name                   = "k6"
    image                  = local.image
    essential              = true
    readonlyRootFilesystem = true
    user                   = "6400:6400"
    stopTimeout            = 120 # the most that Fargate gives, for k6 to end and the samples to be brought
    linuxParameters        = { initProcessEnabled = true, capabilities = { add = [], drop = ["ALL"] } }
    mountPoints = [for folder in ["/load", "/tmp"] : {
      sourceVolume = trimprefix(folder, "/"), containerPath = folder, readOnly = false
    }]
    environment = [for name, value in {
      AWS_DEFAULT_REGION = var.region
      BUCKET             = aws_s3_bucket.main.id
    } : { name = name, value = value }]
    secrets = [for arn in var.api_key_secret_arn[*] : { name = "TODO_API_KEY", valueFrom = arn }]
    # What starting a task takes: `todo load` reads it here.
    dockerLabels = {
      subnets        = join(",", local.subnet_ids)
      security-group = aws_security_group.main.id
      k6-version     = local.k6_version
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.main.name
        "awslogs-region"        = var.region
        "awslogs-stream-prefix" = "load"
        "mode"                  = "non-blocking"
        "max-buffer-size"       = "4m"
      }
    }
    portMappings   = []
    volumesFrom    = []
    systemControls = []
  }
}

resource "aws_cloudwatch_log_group" "main" {
  # checkov:skip=CKV_AWS_158: AWS's own key encrypts it; k6 says no secret
  # checkov:skip=CKV_AWS_338: what k6 says of a load test is read on its day
  name              = "/${var.name}"
  retention_in_days = var.retention_days
}

resource "aws_ecs_cluster" "main" {
  # checkov:skip=CKV_AWS_65: the report says what CPU k6 used; CloudWatch's metrics of it cost
  # checkov:skip=CKV_AWS_223: nobody can open a shell in a task, so that there are no sessions to log
  # checkov:skip=CKV_AWS_224: as above
  name = var.name

  setting {
    name  = "containerInsights"
    value = "disabled"
  }
}

resource "aws_ecs_task_definition" "main" {
  # checkov:skip=CKV_AWS_249: a Learner Lab has LabRole alone; elsewhere the two roles differ
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.task_cpu
  memory                   = var.task_memory_mib
  execution_role_arn       = local.execution_role_arn
  task_role_arn            = local.task_role_arn
  container_definitions    = jsonencode([local.container])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  dynamic "volume" {
    for_each = ["load", "tmp"]

    content {
      name = volume.value
    }
  }

  depends_on = [aws_iam_role_policy.main, aws_s3_bucket_policy.main, aws_vpc_security_group_egress_rule.main]
}
