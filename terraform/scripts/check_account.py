"""Says in a sentence why AWS would refuse an apply, before Terraform does so in ten lines; for
`make deploy`. The argument is local.asked of locals.tf, as JSON.
"""

import json
import os
import sys

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from session import session

RENEW = (
    "Start the lab again, copy `AWS Details > AWS CLI` into the credentials file (or "
    "~/.aws/credentials), all three lines with aws_session_token, and run this again."
)
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
WRONG = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"}
# "Fargate On-Demand vCPU resource count"; the Service Quotas console has its code, read 2026-11.
VCPU_QUOTA = {"ServiceCode": "fargate", "QuotaCode": "L-3032A538"}


def main() -> None:
    """Ends with a sentence, and exit code 1, when an apply cannot go well."""
    asked = json.loads(json.loads(sys.argv[1]))
    os.environ["REGION"] = asked["region"]
    os.environ["CREDENTIALS_FILE"] = asked["credentials_file"] or ""
    aws = session()
    reason = refusal(aws.client("sts"))
    if reason is None and not asked["emulator"]:
        reason = too_large(aws.client("service-quotas"), asked["vcpu"])
    sys.exit(f"Error: {reason}" if reason else 0)


def refusal(sts) -> str | None:
    """Why the account cannot be used, with what to do about it; None when it can."""
    try:
        sts.get_caller_identity()
    except (NoCredentialsError, PartialCredentialsError):
        return f"there are no complete AWS credentials here. In a Learner Lab: {RENEW}"
    except ClientError as error:
        return explain(error.response["Error"])
    except BotoCoreError as error:
        return f"AWS cannot be reached: {error}"
    return None


def too_large(quotas, vcpu: float) -> str | None:
    """Why the tasks do not fit the account; None when they do, or when the account does not say.

    A new account, or one of the Free plan, may have a quota of a few vCPU.
    """
    try:
        allowed = quotas.get_service_quota(**VCPU_QUOTA)["Quota"]["Value"]
    except (ClientError, BotoCoreError):  # a lab may not ask, and its answer decides nothing
        return None
    if vcpu <= allowed:
        return None
    return (
        f"this account may run {allowed:g} vCPU of Fargate in this region, and a deployment at "
        f"max_tasks needs {vcpu:g}, old and new tasks side by side. Lower max_tasks or task_cpu, "
        "or ask for more: aws service-quotas request-service-quota-increase --service-code fargate "
        f"--quota-code {VCPU_QUOTA['QuotaCode']} --desired-value {vcpu:g}"
    )


def explain(error: dict) -> str:
    """A sentence about an error that AWS answered."""
    if error["Code"] in EXPIRED:
        return f"the session's token has expired: a Learner Lab's ends with the session. {RENEW}"
    if error["Code"] in WRONG:
        return (
            "AWS does not know these credentials; a Learner Lab's need their aws_session_token. "
            + RENEW
        )
    return f"AWS refuses these credentials: {error.get('Message', error['Code'])}"


if __name__ == "__main__":
    main()
