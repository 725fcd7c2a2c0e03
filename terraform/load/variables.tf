variable "name" {
  description = "Name of the stack, which `todo load --stack` takes, and prefix of everything in it."
  type        = string
  default     = "taskoverflow-load"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.name))
    error_message = "name is 2 to 20 characters: lower-case letters, digits and hyphens, with a letter first."
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
  description = "Whether the account is an AWS Academy Learner Lab: LabRole instead of new roles."
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
  description = "Python with boto3 that builds the image during the apply; null for the project's .venv."
  type        = string
  default     = null

  validation {
    condition     = var.python == null || can(regex("\\S", var.python))
    error_message = "python is a path, or null."
  }
}

variable "subnet_ids" {
  description = "Subnets for the tasks, with a way to the internet; empty for those of the default VPC."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.subnet_ids : startswith(id, "subnet-")])
    error_message = "subnet_ids is a list such as [\"subnet-0abc\"]."
  }
}

variable "target_ports" {
  description = "Ports of the servers that are tested."
  type        = set(number)
  default     = [80, 443]

  validation {
    condition     = alltrue([for port in var.target_ports : port >= 1 && port <= 65535])
    error_message = "target_ports are 1 to 65535."
  }
}

variable "api_key_secret_arn" {
  description = "Secret in Secrets Manager whose text is the API's key, which k6 sends; null where the API has none."
  type        = string
  default     = null

  validation {
    condition     = var.api_key_secret_arn == null || can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+$", var.api_key_secret_arn))
    error_message = "api_key_secret_arn is the ARN of a secret in Secrets Manager, or null."
  }
}

variable "image" {
  description = "A ready image of containers/load; null builds it and pushes it to a repository of the stack's own."
  type        = string
  default     = null

  validation {
    condition     = var.image == null || can(regex("^[^:@]+(:[0-9]+/[^:@]+)?(:[^:/@]+|(:[^:/@]+)?@[^:/@]+:[0-9a-f]+)$", var.image)) && !can(regex(":latest$", var.image))
    error_message = "image has a tag other than latest, or a digest."
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
  description = "CPU of a machine in units of 1/1024 vCPU."
  type        = number
  default     = 1024

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096], var.task_cpu)
    error_message = "task_cpu is 256, 512, 1024, 2048 or 4096."
  }
}

variable "task_memory_mib" {
  description = "Memory of a machine in MiB."
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

variable "retention_days" {
  description = "Days that the bucket keeps a run's samples, and CloudWatch what k6 said."
  type        = number
  default     = 7

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30], var.retention_days)
    error_message = "retention_days is 1, 3, 5, 7, 14 or 30."
  }
}
