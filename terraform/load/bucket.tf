# The scripts of a run on their way to the machines, and its samples on their way back.
resource "aws_s3_bucket" "main" {
  # checkov:skip=CKV_AWS_18: who runs a load test has its samples; CloudTrail has who did
  # checkov:skip=CKV_AWS_21: each object is written once, and gone after days
  # checkov:skip=CKV_AWS_144: as above
  # checkov:skip=CKV_AWS_145: AWS's own key encrypts it; samples hold no secret
  # checkov:skip=CKV2_AWS_62: nobody waits for them but `todo load`, which looks
  bucket_prefix = "${var.name}-"
  force_destroy = true
}

resource "aws_s3_bucket_public_access_block" "main" {
  bucket                  = aws_s3_bucket.main.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "main" {
  bucket = aws_s3_bucket.main.id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = var.retention_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

data "aws_iam_policy_document" "only_tls" {
  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.main.arn, "${aws_s3_bucket.main.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "main" {
  bucket     = aws_s3_bucket.main.id
  policy     = data.aws_iam_policy_document.only_tls.json
  depends_on = [aws_s3_bucket_public_access_block.main] # S3 refuses two changes of a bucket's access at once
}
