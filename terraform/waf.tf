# Refuses an address that sends more than it may. WAF sees clients' addresses, not those in X-Forwarded-For: people behind
# one router, and a load generator's users, are one client.
resource "aws_wafv2_web_acl" "main" {
  # checkov:skip=CKV_AWS_192: nothing of Java runs here
  # checkov:skip=CKV2_AWS_31: the metrics count what is refused; a log of requests would hold API keys
  count = var.waf_requests_per_5_minutes == 0 ? 0 : 1
  name  = var.name
  scope = "REGIONAL"

  default_action {
    allow {}
  }

  rule {
    name     = "rate"
    priority = 1

    action {
      block {
        custom_response {
          response_code = 429
        }
      }
    }

    statement {
      rate_based_statement {
        limit                 = var.waf_requests_per_5_minutes
        evaluation_window_sec = 300
        aggregate_key_type    = "IP"
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${var.name}-rate"
      sampled_requests_enabled   = false # a sample holds headers, API keys among them
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl_association" "balancer" {
  count        = length(aws_wafv2_web_acl.main)
  resource_arn = aws_lb.main.arn
  web_acl_arn  = aws_wafv2_web_acl.main[0].arn
}
