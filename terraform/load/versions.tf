# Load machines for `todo load --on fargate`. Idle it costs the storage of an image and of a few days' samples.
terraform {
  required_version = ">= 1.11, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region                   = var.region
  shared_credentials_files = var.credentials_file == null ? null : [var.credentials_file]

  default_tags {
    tags = merge(var.tags, { Application = var.name, ManagedBy = "terraform" })
  }
}
