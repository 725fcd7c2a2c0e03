locals {
  port      = 6400
  log_group = "/${var.name}"
  app_image = var.image == null ? one(terraform_data.image[*].output) : var.image
  python    = coalesce(concat([var.python], [for path in local.pythons : path if fileexists(path)], local.pythons)...)
  pythons   = ["${path.module}/../.venv/bin/python", "${path.module}/../.venv/Scripts/python.exe"]

  # gunicorn keeps a connection longer than the load balancer does, else the balancer reuses one that is being closed: 502.
  idle_timeout_s = 60
  keep_alive_s   = local.idle_timeout_s + 15

  # On AWS each task has a volume of its own. The emulator shares only what has a path on the host.
  spool_dir       = "/var/spool/taskoverflow"
  spool_host_path = var.emulator ? "${var.name}-spool" : null

  protect            = var.protect && !var.learner_lab
  last_snapshot      = coalesce(var.last_snapshot, var.protect) && !var.learner_lab
  container_insights = var.container_insights && !var.learner_lab

  # least(DBInstanceClassMemory / 9531392, 5000), the default of RDS for PostgreSQL
  database_connections = {
    "db.t3.micro"    = 112
    "db.t3.small"    = 225
    "db.t3.medium"   = 450
    "db.t4g.micro"   = 112
    "db.t4g.small"   = 225
    "db.t4g.medium"  = 450
    "db.m7g.large"   = 901
    "db.m7g.xlarge"  = 1802
    "db.m7g.2xlarge" = 3604
    "db.m7g.4xlarge" = 5000
  }
  # Old and new tasks run side by side during a deployment; ten connections are for people and migrations.
  connections_needed = local.most_tasks * var.workers * var.threads * 2 + 10
  connections_budget = floor(0.8 * local.database_connections[var.database_class])

  most_tasks = max(var.max_tasks, values(var.scheduled_tasks)[*].max...)
  spot_tasks = floor((local.most_tasks - var.min_tasks) * var.spot_percent / 100)

  # What check_account.py compares with the account.
  asked = {
    region           = var.region
    credentials_file = var.credentials_file == null ? null : abspath(var.credentials_file)
    learner_lab      = var.learner_lab
    emulator         = var.emulator
    # Old and new tasks side by side, and the migration.
    vcpu      = 2 * (local.most_tasks - local.spot_tasks) * var.task_cpu / 1024 + 0.25
    spot_vcpu = 2 * local.spot_tasks * var.task_cpu / 1024
  }

  # For the price list of cost.py.
  size = {
    tasks          = var.min_tasks
    vcpu           = var.task_cpu / 1024
    memory_gib     = var.task_memory_mib / 1024
    architecture   = var.cpu_architecture
    database_class = var.database_class
    storage_gib    = var.database_storage_gib
    multi_az       = var.multi_az
    own_network    = var.own_network
    waf            = var.waf_requests_per_5_minutes > 0
    alarms         = length(local.alarms) + length(local.combined_alarms) + (var.error_anomalies ? 1 : 0)
    masked         = length(var.mask_in_logs) > 0
  }
}
