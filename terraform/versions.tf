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

  # An emulator has no such services; on AWS the checks stay on.
  skip_credentials_validation = var.emulator
  skip_metadata_api_check     = var.emulator

  default_tags {
    tags = merge(var.tags, { Application = var.name, ManagedBy = "terraform" })
  }
}
