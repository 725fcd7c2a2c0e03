"""The AWS account that an apply works on."""

import os

import boto3

__all__ = ["session"]


def session() -> boto3.Session:
    """A session in the environment variable REGION, with the credentials of CREDENTIALS_FILE where
    it is set.
    """
    if os.environ.get("CREDENTIALS_FILE"):
        os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.environ["CREDENTIALS_FILE"]
    return boto3.Session(region_name=os.environ["REGION"])
