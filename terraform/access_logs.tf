# The load balancer's own log, a line for each request, also for those that no task saw. ELB writes it every five minutes.
resource "aws_s3_bucket" "access_logs" {
  # checkov:skip=CKV_AWS_18: the log of who reads the log would need a bucket of its own
  # checkov:skip=CKV_AWS_21: ELB never writes a file twice, and all of them expire
  # checkov:skip=CKV_AWS_144: another region's copy is worth nothing without the stack
  # checkov:skip=CKV_AWS_145: ELB supports no other encryption than SSE-S3
  # checkov:skip=CKV2_AWS_62: nobody waits for a file of the log
  count         = var.alb_access_logs ? 1 : 0
  bucket_prefix = "${var.name}-access-logs-"
  force_destroy = true

  lifecycle {
    create_before_destroy = true # switched off, the load balancer forgets the bucket before it goes
  }
}

resource "aws_s3_bucket_public_access_block" "access_logs" {
  count                   = length(aws_s3_bucket.access_logs)
  bucket                  = aws_s3_bucket.access_logs[0].bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "access_logs" {
  count  = length(aws_s3_bucket.access_logs)
  bucket = aws_s3_bucket.access_logs[0].bucket

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "access_logs" {
  count  = length(aws_s3_bucket.access_logs)
  bucket = aws_s3_bucket.access_logs[0].bucket

  rule {
    id     = "as-the-log-group"
    status = "Enabled"

    filter {}

    expiration {
      days = var.log_retention_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

# As "Enable access logs for your Application Load Balancer" has it, read 2026-11.
resource "aws_s3_bucket_policy" "access_logs" {
  count  = length(aws_s3_bucket.access_logs)
  bucket = aws_s3_bucket.access_logs[0].bucket

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.access_logs[0].arn}/AWSLogs/${data.aws_caller_identity.current.account_id}/*"
        Condition = { ArnLike = { "aws:SourceArn" = "${local.elb_arn}:loadbalancer/*" } }
      },
      {
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.access_logs[0].arn, "${aws_s3_bucket.access_logs[0].arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.access_logs]
}

locals {
  elb_arn = "arn:${data.aws_partition.current.partition}:elasticloadbalancing:${var.region}:${data.aws_caller_identity.current.account_id}"
}
