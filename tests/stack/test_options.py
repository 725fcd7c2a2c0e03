"""What is off by default: what each option comes to when it is on."""

import pytest


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("aws_lb.main", "aws_s3_bucket_policy.access_logs"),
    ],
)
def test_what_another_part_is_refused_without_is_made_before_it(order, later, earlier):
    assert earlier in order[later]


def test_every_role_is_bounded(options, default):
    bounds, unbound = (
        {role["permissions_boundary"] for role in stack.all("aws_iam_role").values()}
        for stack in (options, default)
    )

    assert bounds == {"arn:aws:iam::123456789012:policy/boundary"}
    assert unbound == {None}
