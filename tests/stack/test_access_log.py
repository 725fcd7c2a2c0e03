"""The load balancer's own log: who may write it, who may read it, and for how long it is there."""

import json
from fnmatch import fnmatchcase

import pytest

BUCKET = "arn:aws:s3:::todos-access-logs-1"
LOG = f"{BUCKET}/AWSLogs/123456789012/elasticloadbalancing/ap-south-1/2026/11/30/1.log.gz"
PLACE = "aws-elsewhere:elasticloadbalancing:ap-south-1"  # of this shape
BALANCER = f"arn:{PLACE}:123456789012:loadbalancer/app/todos/50dc6c49"
CONDITIONS = {"ArnLike": fnmatchcase, "Bool": lambda found, wanted: found == wanted}


def verdict(policy, who, action, resource, context):
    """What IAM makes of a call, by the conditions that such a policy has."""

    def applies(statement):
        resources = statement["Resource"]
        resources = [resources] if isinstance(resources, str) else resources
        return (
            statement["Principal"] in ("*", {"Service": who})
            and fnmatchcase(action, statement["Action"])
            and any(fnmatchcase(resource, each) for each in resources)
            and all(
                CONDITIONS[kind](context.get(key, ""), wanted)
                for kind, pairs in statement["Condition"].items()
                for key, wanted in pairs.items()
            )
        )

    effects = {each["Effect"] for each in policy["Statement"] if applies(each)}
    return effects == {"Allow"}


def test_the_balancer_writes_its_log_into_a_bucket_of_the_stacks_own(options, default):
    (log,) = options["aws_lb.main"]["access_logs"]

    assert log["enabled"]
    assert log["bucket"] == options["aws_s3_bucket.access_logs[0]"]["bucket"]
    assert not log["prefix"], "the bucket's policy has none"
    assert not default["aws_lb.main"]["access_logs"]
    assert not default.all("aws_s3_bucket")


@pytest.mark.parametrize(
    ("change", "may"),
    [
        ({}, True),
        ({"who": "delivery.logs.amazonaws.com"}, False),
        ({"action": "s3:GetObject"}, False),
        ({"action": "s3:DeleteObject"}, False),
        ({"resource": LOG.replace("123456789012", "999999999999")}, False),
        ({"resource": f"{BUCKET}/other"}, False),
        ({"source": BALANCER.replace("123456789012", "999999999999")}, False),
        ({"source": BALANCER.replace("ap-south-1", "us-east-1")}, False),
        ({"tls": "false"}, False),
    ],
    ids=lambda value: " ".join(value) or "as it is" if isinstance(value, dict) else "",
)
def test_only_this_accounts_balancers_may_write_there_and_only_by_tls(options, change, may):
    given = {
        "who": "logdelivery.elasticloadbalancing.amazonaws.com",
        "action": "s3:PutObject",
        "resource": LOG,
        "source": BALANCER,
        "tls": "true",
    } | change
    policy = options["aws_s3_bucket_policy.access_logs[0]"]
    context = {"aws:SourceArn": given.pop("source"), "aws:SecureTransport": given.pop("tls")}

    assert policy["bucket"] == options["aws_s3_bucket.access_logs[0]"]["bucket"]
    assert verdict(json.loads(policy["policy"]), **given, context=context) is may


@pytest.mark.parametrize("resource", [BUCKET, LOG])
def test_without_tls_even_who_has_rights_reads_nothing(options, resource):
    policy = json.loads(options["aws_s3_bucket_policy.access_logs[0]"]["policy"])
    policy["Statement"].append(
        {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {}}
    )
    allowed = {
        tls: verdict(policy, "anyone", "s3:GetObject", resource, {"aws:SecureTransport": tls})
        for tls in ("true", "false")
    }

    assert allowed == {"true": True, "false": False}


def test_nobody_can_open_the_bucket_to_the_world(options):
    block = options["aws_s3_bucket_public_access_block.access_logs[0]"]

    assert block["bucket"] == options["aws_s3_bucket.access_logs[0]"]["bucket"]
    assert block["block_public_acls"]
    assert block["block_public_policy"]
    assert block["ignore_public_acls"]
    assert block["restrict_public_buckets"]


def test_the_balancers_log_is_encrypted_as_elb_supports_it_and_expires(options):
    bucket = options["aws_s3_bucket.access_logs[0]"]["bucket"]
    encryption = options["aws_s3_bucket_server_side_encryption_configuration.access_logs[0]"]
    lifecycle = options["aws_s3_bucket_lifecycle_configuration.access_logs[0]"]
    (rule,) = encryption["rule"]
    (expiry,) = lifecycle["rule"]

    assert encryption["bucket"] == lifecycle["bucket"] == bucket
    assert rule["apply_server_side_encryption_by_default"][0]["sse_algorithm"] == "AES256"
    assert expiry["status"] == "Enabled"
    assert expiry["expiration"][0]["days"] == 30


def test_a_destroy_takes_the_balancers_log_with_it(options):
    assert options["aws_s3_bucket.access_logs[0]"]["force_destroy"]
