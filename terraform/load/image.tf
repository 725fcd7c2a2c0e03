# The image of containers/load, built and pushed by the apply. Its tag is a hash of what goes into it.
locals {
  source_root = abspath("${path.module}/../../containers/load")
  source_hash = sha256(join("\n", concat(
    [var.cpu_architecture],
    [for file in sort(fileset(local.source_root, "*")) : "${file} ${filesha256("${local.source_root}/${file}")}"],
  )))
  k6_version = regex("grafana/k6:([0-9.]+)", file("${local.source_root}/Dockerfile"))[0]
  image      = var.image == null ? one(terraform_data.image[*].output) : var.image
  python     = coalesce(concat([var.python], [for path in local.pythons : path if fileexists(path)], local.pythons)...)
  pythons    = [for file in ["bin/python", "Scripts/python.exe"] : "${path.module}/../../.venv/${file}"]

  # A ready image in a private repository of ECR, of this account or of another.
  private_image        = regexall("^([0-9]{12})\\.dkr\\.ecr\\.([a-z0-9-]+)\\.amazonaws\\.com(?:\\.cn)?/([^:@]+)", coalesce(var.image, "-"))
  foreign_repositories = [for part in local.private_image : "arn:${data.aws_partition.current.partition}:ecr:${part[1]}:${part[0]}:repository/${part[2]}"]
}

resource "aws_ecr_repository" "main" {
  # checkov:skip=CKV_AWS_136: AWS's own key encrypts it; the image holds no secret
  count                = var.image == null ? 1 : 0
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"
  force_delete         = true

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecr_lifecycle_policy" "main" {
  count      = var.image == null ? 1 : 0
  repository = aws_ecr_repository.main[0].name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "The image, and the one before"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 2 }
      action       = { type = "expire" }
    }]
  })
}

resource "terraform_data" "image" {
  count            = var.image == null ? 1 : 0
  input            = "${aws_ecr_repository.main[0].repository_url}:${substr(local.source_hash, 0, 16)}"
  triggers_replace = [local.source_hash]

  provisioner "local-exec" {
    interpreter = [local.python]
    command     = "${path.module}/../scripts/push_image.py"

    environment = {
      IMAGE               = self.input
      REGION              = var.region
      PLATFORM            = var.cpu_architecture == "ARM64" ? "linux/arm64" : "linux/amd64"
      SOURCE              = local.source_root
      BUILD_PIP_INDEX_URL = var.pip_index_url == null ? "" : var.pip_index_url
      CREDENTIALS_FILE    = var.credentials_file == null ? "" : abspath(var.credentials_file)
    }
  }
}
