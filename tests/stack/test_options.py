"""What is off by default: what each option comes to when it is on."""

import pytest


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("aws_lb.main", "aws_s3_bucket_policy.access_logs"),
    ],
)
def test_what_another_part_is_refused_without_is_made_before_it(options, later, earlier):
    assert earlier in options.waits[later]


def test_every_role_is_bounded(options, default):
    bounds, unbound = (
        {role["permissions_boundary"] for role in stack.all("aws_iam_role").values()}
        for stack in (options, default)
    )

    assert bounds == {"arn:aws:iam::123456789012:policy/boundary"}
    assert unbound == {None}


def test_waf_refuses_an_address_that_sends_too_much_and_lets_all_else_through(options, default):
    acl = options["aws_wafv2_web_acl.main[0]"]
    (rule,) = acl["rule"]
    (limit,) = rule["statement"][0]["rate_based_statement"]
    (block,) = rule["action"][0]["block"]

    assert acl["default_action"][0]["allow"]
    assert not acl["default_action"][0]["block"]
    assert (limit["limit"], limit["evaluation_window_sec"]) == (5000, 300)
    assert limit["aggregate_key_type"] == "IP"
    assert not limit["scope_down_statement"], "of all its requests"
    assert block["custom_response"][0]["response_code"] == 429
    assert not default.all("aws_wafv2_web_acl")


def test_waf_stands_before_the_balancer(options):
    acl, link = (
        options[f"aws_wafv2_{name}[0]"] for name in ("web_acl.main", "web_acl_association.balancer")
    )

    assert acl["scope"] == "REGIONAL", "of a load balancer"
    assert link["web_acl_arn"] == acl["arn"]
    assert link["resource_arn"] == options["aws_lb.main"]["arn"]


def test_waf_counts_and_keeps_no_request(options):
    acl = options["aws_wafv2_web_acl.main[0]"]
    views = [*acl["visibility_config"], *acl["rule"][0]["visibility_config"]]

    assert all(view["cloudwatch_metrics_enabled"] for view in views)
    assert not any(view["sampled_requests_enabled"] for view in views), "it has the API keys"
    assert len({view["metric_name"] for view in views}) == 2
