"""What is off by default: what each option comes to when it is on."""


def test_every_role_is_bounded(options, default):
    bounds, unbound = (
        {role["permissions_boundary"] for role in stack.all("aws_iam_role").values()}
        for stack in (options, default)
    )

    assert bounds == {"arn:aws:iam::123456789012:policy/boundary"}
    assert unbound == {None}
