locals {
  console_log = {
    logDriver = "awslogs"
    options = {
      "awslogs-group"         = local.log_group
      "awslogs-region"        = var.region
      "awslogs-stream-prefix" = "console"
      # Only gunicorn's own words and crashes go here. Lines of requests go by the spool, which nothing blocks.
      "mode"            = "non-blocking"
      "max-buffer-size" = "25m"
    }
  }

  spool_mount = { sourceVolume = "spool", containerPath = local.spool_dir, readOnly = false }
  tmp_mount   = { sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }

  container = {
    image                  = local.app_image
    essential              = true
    readonlyRootFilesystem = true
    user                   = "6400:6400"
    mountPoints            = [local.tmp_mount]
    logConfiguration       = local.console_log
    linuxParameters        = { initProcessEnabled = true, capabilities = { add = [], drop = ["ALL"] } }
    portMappings           = []
    volumesFrom            = []
    systemControls         = []
  }
  open_to_exec    = { readonlyRootFilesystem = !var.ecs_exec } # ECS Exec's agent writes into the container
  api_keys_secret = [for arn in local.api_keys_secret_arns : { name = "TODO_API_KEYS", valueFrom = arn }]

  app_container = merge(local.container, local.open_to_exec, {
    name         = "app"
    command      = ["serve"]
    stopTimeout  = 45
    mountPoints  = [local.tmp_mount, local.spool_mount]
    portMappings = [{ containerPort = local.port, hostPort = local.port, protocol = "tcp" }]
    secrets      = concat([{ name = "PGPASSWORD", valueFrom = local.role_password }], local.api_keys_secret)
    # The app starts after the shipper, and so the shipper stops after the app.
    dependsOn = [{ containerName = "shipper", condition = "START" }]
    environment = [for name, value in {
      TODO_HOST               = "0.0.0.0"
      TODO_PORT               = tostring(local.port)
      TODO_WORKERS            = tostring(var.workers)
      TODO_THREADS            = tostring(var.threads)
      TODO_KEEP_ALIVE_S       = tostring(local.keep_alive_s)
      TODO_GRACEFUL_TIMEOUT_S = "30"
      TODO_PROXY_HOPS         = "1"
      TODO_LOG_OUTPUT         = "spool"
      TODO_SPOOL_DIR          = local.spool_dir
      SQLALCHEMY_DATABASE_URI = local.database_uri[local.database_role]
    } : { name = name, value = value }]
  })

  # Of the two minutes that a task of Spot has, the app takes the first 45 s at most.
  drain_deadline_s = var.spot_percent == 0 ? 100 : 70

  # Not essential: while it restarts, the app goes on and the spool keeps its lines.
  shipper_container = merge(local.container, local.open_to_exec, {
    name          = "shipper"
    command       = ["ship"]
    essential     = false
    stopTimeout   = 120
    restartPolicy = { enabled = true, restartAttemptPeriod = 60 }
    mountPoints   = [local.tmp_mount, local.spool_mount]
    environment = [for name, value in {
      AWS_DEFAULT_REGION         = var.region
      TODO_LOG_DESTINATION       = "cloudwatch"
      TODO_LOG_GROUP             = local.log_group
      TODO_CREATE_LOG_GROUP      = "false" # Terraform's own: a task that still drains must not bring it back
      TODO_SHIP_DRAIN_DEADLINE_S = tostring(local.drain_deadline_s)
      TODO_SPOOL_DIR             = local.spool_dir
    } : { name = name, value = value }]
  })
}

resource "aws_ecs_cluster" "main" {
  # checkov:skip=CKV_AWS_65: a variable (container_insights); it is on but in a Learner Lab, whose budget it strains
  # checkov:skip=CKV_AWS_223: a variable (ecs_exec) opens shells in tasks; ECS logs them as it does the containers' words
  # checkov:skip=CKV_AWS_224: as above
  name = var.name

  setting {
    name  = "containerInsights"
    value = local.container_insights ? "enabled" : "disabled"
  }

  depends_on = [aws_cloudwatch_log_group.of_aws]
}

resource "aws_ecs_cluster_capacity_providers" "spot" {
  count              = var.spot_percent == 0 ? 0 : 1
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_ecs_task_definition" "app" {
  # checkov:skip=CKV_AWS_249: a Learner Lab has LabRole alone; elsewhere the two roles differ
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.task_cpu
  memory                   = var.task_memory_mib
  execution_role_arn       = local.execution_role_arn
  task_role_arn            = local.task_role_arn
  container_definitions    = jsonencode([local.app_container, local.shipper_container])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  volume {
    name      = "spool"
    host_path = local.spool_host_path
  }

  volume {
    name = "tmp"
  }
}

resource "aws_ecs_service" "app" {
  # checkov:skip=CKV_AWS_333: the default VPC has public subnets alone; own_network gives private ones
  name                              = var.name
  cluster                           = aws_ecs_cluster.main.arn
  task_definition                   = aws_ecs_task_definition.app.arn
  desired_count                     = var.min_tasks
  launch_type                       = var.spot_percent == 0 ? "FARGATE" : null
  platform_version                  = "LATEST"
  health_check_grace_period_seconds = 60
  force_new_deployment              = var.spot_percent > 0 # or another share would make the service anew
  # Old tasks stop when new ones are healthy, so that no request finds nobody.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  propagate_tags                     = "SERVICE"
  enable_execute_command             = var.ecs_exec
  wait_for_steady_state              = false # await_service.py waits, and says why when it does not come

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "alarms" {
    for_each = length(local.deployment_alarms) > 0 ? [local.deployment_alarms] : []

    content {
      enable      = true
      rollback    = true
      alarm_names = alarms.value
    }
  }

  dynamic "capacity_provider_strategy" {
    for_each = var.spot_percent == 0 ? {} : {
      FARGATE      = { base = var.min_tasks, weight = 100 - var.spot_percent }
      FARGATE_SPOT = { base = 0, weight = var.spot_percent }
    }

    content {
      capacity_provider = capacity_provider_strategy.key
      base              = capacity_provider_strategy.value.base
      weight            = capacity_provider_strategy.value.weight
    }
  }

  network_configuration {
    subnets          = local.private_subnets
    security_groups  = [aws_security_group.tasks.id]
    assign_public_ip = !var.own_network
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.app.arn
    container_name   = "app"
    container_port   = local.port
  }

  timeouts {
    delete = "10m"
  }

  lifecycle {
    # Autoscaling owns the count. The rebalancing keeps its default, which the emulator does not answer with.
    ignore_changes = [desired_count, availability_zone_rebalancing]

    precondition {
      condition     = local.connections_needed <= local.connections_budget
      error_message = "${local.most_tasks} tasks open up to ${local.connections_needed} connections during a deployment, and ${var.database_class} can spare ${local.connections_budget}: fewer tasks, workers or threads, or a larger class."
    }
  }

  depends_on = [
    terraform_data.migration, # and so, migrated or not, the rights, routes and rules that its task needs as well
    aws_lb_listener.http,
    aws_lb_listener.https,
    aws_ecs_cluster_capacity_providers.spot,
    aws_vpc_security_group_ingress_rule.tasks_from_balancer,
    aws_vpc_security_group_egress_rule.balancer_to_tasks,
  ]
}

# After a rollback ECS reports a steady service: without this an apply that deployed nothing would end well.
resource "terraform_data" "deployed" {
  count            = var.await_deployment ? 1 : 0
  triggers_replace = [aws_ecs_task_definition.app.arn, aws_ecs_service.app.task_definition, aws_ecs_service.app.id]

  provisioner "local-exec" {
    interpreter = [local.python]
    command     = "${path.module}/scripts/await_service.py"

    environment = {
      REGION           = var.region
      CREDENTIALS_FILE = var.credentials_file == null ? "" : abspath(var.credentials_file)
      CLUSTER          = aws_ecs_cluster.main.arn
      SERVICE          = aws_ecs_service.app.name
      TASK_DEFINITION  = aws_ecs_task_definition.app.arn
      LOG_GROUP        = local.log_group
    }
  }
}
