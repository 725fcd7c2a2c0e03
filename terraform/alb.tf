resource "aws_lb" "main" {
  # checkov:skip=CKV_AWS_91: a variable (alb_access_logs); each request's line is in the log group already
  # checkov:skip=CKV_AWS_150: a variable (protect): a stack for a load test has to go away again
  # checkov:skip=CKV2_AWS_20: it redirects when a certificate is given; a Learner Lab cannot have one
  # checkov:skip=CKV2_AWS_28: a variable (waf_requests_per_5_minutes): it refuses load tests; allowed_cidrs narrows the callers
  # checkov:skip=CKV2_AWS_76: nothing of Java runs here
  name                       = var.name
  load_balancer_type         = "application"
  security_groups            = [aws_security_group.balancer.id]
  subnets                    = local.public_subnets
  idle_timeout               = local.idle_timeout_s
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "defensive"
  enable_deletion_protection = local.protect

  dynamic "access_logs" {
    for_each = aws_s3_bucket_policy.access_logs # without which ELB refuses the bucket

    content {
      bucket  = access_logs.value.bucket
      enabled = true
    }
  }
}

resource "aws_route53_record" "app" {
  count   = var.zone_id == null ? 0 : 1
  zone_id = var.zone_id
  name    = var.domain
  type    = "A"

  alias {
    name                   = aws_lb.main.dns_name
    zone_id                = aws_lb.main.zone_id
    evaluate_target_health = false
  }
}

resource "aws_lb_target_group" "app" {
  # checkov:skip=CKV_AWS_378: HTTP from the balancer to the tasks stays in the VPC, between two security groups
  name_prefix                   = "todo-"
  port                          = local.port
  protocol                      = "HTTP"
  target_type                   = "ip"
  vpc_id                        = local.vpc_id
  deregistration_delay          = 30
  load_balancing_algorithm_type = "least_outstanding_requests"

  # 75 s until a busy task counts as dead: shorter kills it in the middle of a load test.
  health_check {
    path                = "/api/v1/health"
    matcher             = "200"
    interval            = 15
    timeout             = 10
    healthy_threshold   = 2
    unhealthy_threshold = 5
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "http" {
  # checkov:skip=CKV_AWS_2: HTTPS when a certificate is given; a Learner Lab cannot have one
  # checkov:skip=CKV_AWS_103: as above; the HTTPS listener names its policy
  load_balancer_arn = aws_lb.main.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = var.certificate_arn == null ? "forward" : "redirect"
    target_group_arn = var.certificate_arn == null ? aws_lb_target_group.app.arn : null

    dynamic "redirect" {
      for_each = var.certificate_arn == null ? [] : [1]

      content {
        protocol    = "HTTPS"
        port        = "443"
        status_code = "HTTP_301"
      }
    }
  }
}

resource "aws_lb_listener" "https" {
  count             = var.certificate_arn == null ? 0 : 1
  load_balancer_arn = aws_lb.main.arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = var.certificate_arn
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.app.arn
  }
}
