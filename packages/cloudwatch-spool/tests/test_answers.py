"""What the shipper advises when it waits."""

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
)

from cloudwatch_spool.answers import remedy


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutLogEvents")


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (refusal("ExpiredTokenException"), "Give boto3 fresh credentials"),
        (refusal("UnrecognizedClientException"), "wrong for this region"),
        (refusal("AccessDeniedException"), "May this role write to the log group"),
        (NoCredentialsError(), "boto3 finds no credentials"),
        (NoRegionError(), "set one, such as us-east-1"),
        (
            EndpointConnectionError(endpoint_url="https://logs.us-est-1.amazonaws.com/"),
            "spelt right",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_an_error_that_a_person_can_end_comes_with_a_remedy(error: Exception, advice: str) -> None:
    assert advice in (remedy(error, {}) or "")


def test_an_error_that_ends_by_itself_has_none() -> None:
    assert remedy(refusal("ThrottlingException"), {}) is None


def test_an_app_may_say_it_in_its_own_words() -> None:
    assert remedy(NoCredentialsError(), {"NoCredentialsError": "Ask Ann."}) == "Ask Ann."
