variable "name" {
  description = "Name of the stack, and prefix of everything in it."
  type        = string
  default     = "taskoverflow"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.name))
    error_message = "name is 2 to 20 characters: lower-case letters, digits and hyphens, with a letter first."
  }

  validation {
    condition     = terraform.workspace == "default" || strcontains(var.name, terraform.workspace)
    error_message = "Two stacks cannot have one name: in this workspace it contains the workspace's, as in todo-staging."
  }
}

variable "region" {
  description = "AWS region."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region looks like us-east-1."
  }

  validation {
    condition     = !var.learner_lab || contains(["us-east-1", "us-west-2"], var.region)
    error_message = "A Learner Lab works in us-east-1 and us-west-2 only."
  }
}

variable "tags" {
  description = "Tags of everything in the stack, beside its own two."
  type        = map(string)
  default     = {}

  # A role's tags do not differ in case alone ("Rules for tagging in IAM", read 2026-11).
  validation {
    condition     = length(distinct(concat(["application", "managedby"], [for key in keys(var.tags) : lower(key)]))) == length(var.tags) + 2
    error_message = "Application and ManagedBy are the stack's own tags, and no two tags differ in case alone."
  }

  # "Tag naming limits and requirements" of the Tag Editor, read 2026-11.
  validation {
    condition = length(var.tags) <= 40 && alltrue([
      for key, value in var.tags :
      can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", key)) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", value))
      && !startswith(lower(key), "aws:")
    ])
    error_message = "A tag has a key of 1 to 128 and a value of at most 256 letters, digits, spaces and _.:/=+@-, does not begin with aws:, and there are at most 40."
  }
}

variable "learner_lab" {
  description = "Whether the account is an AWS Academy Learner Lab: LabRole instead of new roles, and only what the lab allows."
  type        = bool
  default     = false
}

variable "permissions_boundary" {
  description = "ARN of an IAM policy that bounds what the stack's roles may ever do, where an organisation asks for one."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/", var.permissions_boundary))
    error_message = "permissions_boundary is the ARN of an IAM policy, or null."
  }

  validation {
    condition     = var.permissions_boundary == null || !var.learner_lab
    error_message = "A Learner Lab makes no roles, so that permissions_boundary has nothing to bound."
  }
}

variable "secrets_manager" {
  description = "Whether the database's passwords are in Secrets Manager, and RDS renews the owner's. Where an account denies that: in Parameter Store, and in the Terraform state, which is a secret then."
  type        = bool
  default     = true
}

variable "saved_queries" {
  description = "Whether the queries of `todo insights` are saved in CloudWatch. Where an account denies PutQueryDefinition: ask them by `todo insights`."
  type        = bool
  default     = true
}

variable "field_index" {
  description = "Whether CloudWatch indexes what people ask for by its value. Where an account denies PutIndexPolicy: the same queries find the same, and scan more."
  type        = bool
  default     = true
}

variable "emulator" {
  description = "Whether the API is a local emulator of AWS. Leaves out what MiniStack lacks: saved queries, the field index policy, alarms, autoscaling, TLS to the database, exported database logs, volumes without a host path."
  type        = bool
  default     = false
}

variable "credentials_file" {
  description = "Path of an AWS credentials file; null for the usual environment variables and ~/.aws."
  type        = string
  default     = null

  validation {
    condition     = var.credentials_file == null || can(regex("\\S", var.credentials_file))
    error_message = "credentials_file is a path, or null."
  }
}

variable "python" {
  description = "Python with boto3 that builds the image and runs the migration during the apply; null for the project's .venv."
  type        = string
  default     = null

  validation {
    condition     = var.python == null || can(regex("\\S", var.python))
    error_message = "python is a path, or null."
  }
}

variable "own_network" {
  description = "Whether to make a VPC with private subnets and a NAT gateway; otherwise the default VPC is used."
  type        = bool
  default     = false
}

variable "network_cidr" {
  description = "Address range of the own VPC."
  type        = string
  default     = "10.64.0.0/16"

  validation {
    condition     = can(regex("^[0-9.]+/(1[6-9]|20)$", var.network_cidr)) && can(cidrsubnet(var.network_cidr, 8, 255))
    error_message = "network_cidr is an IPv4 range of /16 to /20, such as 10.64.0.0/16: AWS has no larger network, and no smaller subnets than the sixteen addresses of a /28."
  }
}

variable "allowed_cidrs" {
  description = "Address ranges that may call the load balancer; with `public` everybody may."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.allowed_cidrs : can(cidrhost(cidr, 0))])
    error_message = "allowed_cidrs is a list of ranges, such as [\"203.0.113.7/32\"]."
  }

  validation {
    condition     = (length(var.allowed_cidrs) > 0) != var.public
    error_message = "Who may call the API? Give your own address, allowed_cidrs=[\"203.0.113.7/32\"] (https://checkip.amazonaws.com tells it), or public=true for everybody."
  }
}

variable "public" {
  description = "Whether everybody may call the load balancer. Without `api_keys_secret_arn` they may also change and delete every todo."
  type        = bool
  default     = false
}

variable "api_keys_secret_arn" {
  description = "Secret in Secrets Manager whose text is a value of TODO_API_KEYS: entries of `todo keys new`, with commas between them; null lets everybody in whom the load balancer does. Tasks read it when they start."
  type        = string
  default     = null

  validation {
    condition     = var.api_keys_secret_arn == null || can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+$", var.api_keys_secret_arn))
    error_message = "api_keys_secret_arn is the ARN of a secret in Secrets Manager, or null."
  }
}

variable "certificate_arn" {
  description = "ACM certificate for HTTPS, to which HTTP then redirects; null for HTTP alone. It is for `domain`."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:aws[a-z-]*:acm:", var.certificate_arn))
    error_message = "certificate_arn is the ARN of an ACM certificate, or null."
  }
}

variable "domain" {
  description = "Name that clients call, such as todos.example.com; null for the load balancer's own, for which nobody has a certificate."
  type        = string
  default     = null

  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain is a name such as todos.example.com, or null."
  }

  validation {
    condition     = var.certificate_arn == null || var.domain != null
    error_message = "A certificate is for a name: give it as domain, or no client can verify the load balancer's."
  }
}

variable "zone_id" {
  description = "Route 53 zone in which `domain` gets its record; null when you make it yourself, as a CNAME of the output `balancer_name`."
  type        = string
  default     = null

  validation {
    condition     = var.zone_id == null || (can(regex("^Z[A-Z0-9]+$", var.zone_id)) && var.domain != null)
    error_message = "zone_id is the ID of a Route 53 zone and goes with domain."
  }
}

variable "alb_access_logs" {
  description = "Whether the load balancer writes a line for each request, with its client's address and its query string, into a bucket that the stack makes, for `log_retention_days`."
  type        = bool
  default     = false
}

variable "waf_requests_per_5_minutes" {
  description = "Requests of one client address in five minutes above which WAF answers 429; 0 for no WAF. A load test's machine is one address: 600 requests/s are 180000 in five minutes."
  type        = number
  default     = 0

  # Rate-based rules and API_RateBasedStatement, read 2026-11.
  validation {
    condition     = var.waf_requests_per_5_minutes == 0 || (var.waf_requests_per_5_minutes >= 10 && var.waf_requests_per_5_minutes <= 2000000000)
    error_message = "waf_requests_per_5_minutes is 10 to 2000000000, or 0 for no WAF; a load test sends all its requests from one address, so leave room for five minutes of it."
  }
}

variable "image" {
  description = "A ready image to run; null builds this checkout and pushes it to a repository of the stack's own."
  type        = string
  default     = null

  validation {
    condition     = var.image == null || can(regex("^[^:@]+(:[0-9]+/[^:@]+)?(:[^:/@]+|(:[^:/@]+)?@[^:/@]+:[0-9a-f]+)$", var.image)) && !can(regex(":latest$", var.image))
    error_message = "image has a tag other than latest, or a digest: a tag that stays the same deploys nothing."
  }
}

variable "pip_index_url" {
  description = "Package index for the image's build; null for PyPI."
  type        = string
  default     = null

  validation {
    condition     = var.pip_index_url == null || can(regex("^https?://", var.pip_index_url))
    error_message = "pip_index_url is a URL, or null."
  }
}

variable "python_image" {
  description = "Base image of the build, best with its digest: python:3.13-slim-bookworm@sha256:... A new one deploys anew. Null for the Dockerfile's."
  type        = string
  default     = null

  validation {
    condition     = var.python_image == null || can(regex("\\S", var.python_image))
    error_message = "python_image is an image, or null."
  }
}

variable "cpu_architecture" {
  description = "Architecture of the image and of the tasks: X86_64 or ARM64, which costs a fifth less."
  type        = string
  default     = "X86_64"

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture is X86_64 or ARM64."
  }
}

variable "task_cpu" {
  description = "CPU of a task in units of 1/1024 vCPU."
  type        = number
  default     = 1024

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096], var.task_cpu)
    error_message = "task_cpu is 256, 512, 1024, 2048 or 4096."
  }
}

variable "task_memory_mib" {
  description = "Memory of a task in MiB."
  type        = number
  default     = 2048

  # API_RegisterTaskDefinition of ECS, read 2026-11.
  validation {
    condition = (
      var.task_memory_mib >= 2 * var.task_cpu && var.task_memory_mib <= min(8 * var.task_cpu, 30720)
      && (var.task_memory_mib % 1024 == 0 || var.task_memory_mib == 512)
    )
    error_message = "Fargate takes two to eight times as many MiB as CPU units, in steps of 1024 and at most 30720, and 512 with 256."
  }
}

variable "workers" {
  description = "gunicorn's worker processes in a task."
  type        = number
  default     = 2

  validation {
    condition     = var.workers >= 1 && var.workers <= 64
    error_message = "workers is 1 to 64."
  }
}

variable "threads" {
  description = "Threads of a worker, and connections in its pool."
  type        = number
  default     = 4

  validation {
    condition     = var.threads >= 1 && var.threads <= 64
    error_message = "threads is 1 to 64."
  }
}

variable "min_tasks" {
  description = "Fewest tasks. Raise it before a load test: autoscaling needs minutes."
  type        = number
  default     = 1

  validation {
    condition     = var.min_tasks >= 1
    error_message = "min_tasks is at least 1."
  }
}

variable "max_tasks" {
  description = "Most tasks."
  type        = number
  default     = 4

  validation {
    condition     = var.max_tasks >= var.min_tasks
    error_message = "max_tasks is at least min_tasks."
  }
}

variable "spot_percent" {
  description = "Share in percent that Fargate Spot has of the tasks above min_tasks, at up to 70 % less. AWS takes such a task back with two minutes' notice, and gives no other when it has none. To begin or to end with it makes the service anew, which answers nothing for minutes."
  type        = number
  default     = 0

  validation {
    condition     = var.spot_percent >= 0 && var.spot_percent <= 99 && floor(var.spot_percent) == var.spot_percent
    error_message = "spot_percent is 0 to 99: the tasks up to min_tasks are never of Spot."
  }
}

variable "scheduled_tasks" {
  description = "Fewest and most tasks from a time on, by name, as for a lecture or a load test: {begin = {schedule = \"cron(45 9 ? * MON *)\", min = 4, max = 8}, end = {schedule = \"cron(0 12 ? * MON *)\", min = 1, max = 4}}. An apply in between sets min_tasks and max_tasks again."
  type = map(object({
    schedule  = string
    min       = number
    max       = number
    time_zone = optional(string, "Etc/UTC")
  }))
  default = {}

  validation {
    condition     = alltrue([for each in values(var.scheduled_tasks) : can(regex("^(cron\\(\\S+( \\S+){5}\\)|at\\([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\))$", each.schedule))])
    error_message = "A schedule of scheduled_tasks is cron(minutes hours day-of-month month day-of-week year), of whose two days one is ?, or at(2027-01-31T17:00:00)."
  }

  validation {
    condition     = alltrue([for each in values(var.scheduled_tasks) : each.min >= var.min_tasks && each.max >= each.min])
    error_message = "In scheduled_tasks, min is at least min_tasks, and max at least min."
  }
}

variable "requests_per_task" {
  description = "Requests per second of one task at which the service scales out: 60 % of what a task can do."
  type        = number
  default     = 120

  validation {
    condition     = var.requests_per_task > 0
    error_message = "requests_per_task is above 0."
  }
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the log lines."
  type        = number
  default     = 14

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400], var.log_retention_days)
    error_message = "log_retention_days is 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 or 400."
  }
}

variable "mask_in_logs" {
  description = "What CloudWatch masks in the log lines, by its managed data identifiers, such as [\"EmailAddress\", \"IpAddress\", \"PhoneNumber-DE\"]. Queries then see asterisks, without logs:Unmask."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.mask_in_logs : can(regex("^[A-Z][A-Za-z]+(-[A-Z]{2})?$", name))])
    error_message = "mask_in_logs has IDs of CloudWatch's managed data identifiers, some with a country: EmailAddress, PhoneNumber-DE."
  }
}

variable "error_anomalies" {
  description = "Whether CloudWatch learns what errors the log usually has, and an alarm tells of others."
  type        = bool
  default     = false
}

variable "container_insights" {
  description = "Whether ECS writes CloudWatch's paid metrics of each task; never in a Learner Lab."
  type        = bool
  default     = true
}

variable "alarm_email" {
  description = "Who is told of alarms; null for nobody. The address has to confirm."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_email == null || can(regex("^[^@ ]+@[^@ ]+$", var.alarm_email))
    error_message = "alarm_email is an address, or null."
  }
}

variable "database_version" {
  description = "Major version of PostgreSQL."
  type        = string
  default     = "18"

  validation {
    condition     = can(regex("^1[5-9]$", var.database_version))
    error_message = "database_version is 15 or newer, which force TLS."
  }
}

variable "database_class" {
  description = "Class of the database instance."
  type        = string
  default     = "db.t4g.micro"

  validation {
    condition     = contains(keys(local.database_connections), var.database_class)
    error_message = "database_class is one whose connection limit locals.tf knows."
  }

  validation {
    condition     = !var.learner_lab || can(regex("^db\\.t[0-9]g?\\.(micro|small|medium)$", var.database_class))
    error_message = "A Learner Lab has burstable classes from micro to medium only."
  }
}

variable "database_storage_gib" {
  description = "Storage of the database in GiB; it may grow to five times as much, in a Learner Lab to 100."
  type        = number
  default     = 20

  validation {
    condition     = var.database_storage_gib >= 20 && (!var.learner_lab || var.database_storage_gib <= 90)
    error_message = "database_storage_gib is at least 20, and at most 90 in a Learner Lab."
  }
}

variable "multi_az" {
  description = "Whether the database has a standby in another zone; not in a Learner Lab."
  type        = bool
  default     = false

  validation {
    condition     = !(var.learner_lab && var.multi_az)
    error_message = "A Learner Lab's database has one zone."
  }
}

variable "protect" {
  description = "Whether load balancer and database refuse to be destroyed; never in a Learner Lab. `make destroy UNPROTECT=yes` takes it off first."
  type        = bool
  default     = false
}

variable "last_snapshot" {
  description = "Whether the database leaves a snapshot when it is destroyed, which goes on costing; null as `protect` says. Never in a Learner Lab."
  type        = bool
  default     = null
}

variable "ecs_exec" {
  description = "Whether `aws ecs execute-command` opens a shell in a task: as root, with the app's password in sight, and the containers' file systems are no longer read-only, as its agent needs."
  type        = bool
  default     = false

  validation {
    condition     = !(var.learner_lab && var.ecs_exec)
    error_message = "ecs_exec needs rights of the task's role, and the stack cannot give any to a Learner Lab's LabRole."
  }
}

variable "rollback_on_alarms" {
  description = "Whether a deployment is also taken back when the balancer's errors, the app's or slow answers ring their alarm meanwhile. It takes some minutes longer then, in which the old tasks have gone."
  type        = bool
  default     = false
}

variable "await_deployment" {
  description = "Whether an apply waits until the new version is healthy, and fails with the reason when it does not get so."
  type        = bool
  default     = true
}

variable "migrate" {
  description = "Whether an apply migrates the database, and lets the app's role in, before the service changes."
  type        = bool
  default     = true
}
