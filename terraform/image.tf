# The image of this checkout, built and pushed by the apply that runs it. Its tag is a hash of what goes into it:
# the same sources plan no change, other sources deploy.
locals {
  source_root  = abspath("${path.module}/..")
  source_files = ["Dockerfile", "requirements.lock", "requirements-dev.lock", "pyproject.toml", "README.md", "LICENSE", "containers/rds-ca.pem"]
  sources = sort(concat(
    [for file in local.source_files : file if fileexists("${local.source_root}/${file}")],
    flatten([for folder in ["todo", "packages/canonical-log", "packages/cloudwatch-spool"] : [
      for file in fileset("${local.source_root}/${folder}", "**") : "${folder}/${file}"
      if !strcontains(file, "__pycache__") && !startswith(file, "tests/")
    ]]),
  ))
  # A ready image in a private repository of ECR, of this account or of another.
  private_image        = regexall("^([0-9]{12})\\.dkr\\.ecr\\.([a-z0-9-]+)\\.amazonaws\\.com(?:\\.cn)?/([^:@]+)", coalesce(var.image, "-"))
  foreign_repositories = [for part in local.private_image : "arn:${data.aws_partition.current.partition}:ecr:${part[1]}:${part[0]}:repository/${part[2]}"]

  source_hash = sha256(join("\n", concat(
    [var.cpu_architecture, coalesce(var.python_image, "-")],
    [for file in local.sources : "${file} ${filesha256("${local.source_root}/${file}")}"],
  )))
}

resource "aws_ecr_repository" "app" {
  # checkov:skip=CKV_AWS_136: AWS's own key encrypts it; the image holds no secret
  count                = var.image == null ? 1 : 0
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"
  force_delete         = true

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecr_lifecycle_policy" "app" {
  count      = var.image == null ? 1 : 0
  repository = aws_ecr_repository.app[0].name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Ten images to go back to"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 10 }
      action       = { type = "expire" }
    }]
  })
}

resource "terraform_data" "image" {
  count            = var.image == null ? 1 : 0
  input            = "${aws_ecr_repository.app[0].repository_url}:${substr(local.source_hash, 0, 16)}"
  triggers_replace = [local.source_hash]

  provisioner "local-exec" {
    interpreter = [local.python]
    command     = "${path.module}/scripts/push_image.py"

    environment = {
      IMAGE               = self.input
      REGION              = var.region
      PLATFORM            = var.cpu_architecture == "ARM64" ? "linux/arm64" : "linux/amd64"
      SOURCE              = local.source_root
      BUILD_PIP_INDEX_URL = var.pip_index_url == null ? "" : var.pip_index_url
      BUILD_PYTHON_IMAGE  = var.python_image == null ? "" : var.python_image
      CREDENTIALS_FILE    = var.credentials_file == null ? "" : abspath(var.credentials_file)
    }
  }
}
