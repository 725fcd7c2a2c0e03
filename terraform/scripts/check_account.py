"""Says in a sentence why AWS would refuse an apply, before Terraform does so in ten lines; for
`make deploy`. The argument is local.asked of locals.tf, as JSON.
"""

import json
import math
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
# By the name of what is asked for: the quota "Fargate ... vCPU resource count" and its code, which
# the Service Quotas console has, read 2026-11.
QUOTAS = {"vcpu": ("On-Demand", "L-3032A538"), "spot_vcpu": ("Spot", "L-36FBB829")}


def main() -> None:
    """Ends with a sentence, and exit code 1, when an apply cannot go well."""
    asked = json.loads(json.loads(sys.argv[1]))
    os.environ["REGION"] = asked["region"]
    os.environ["CREDENTIALS_FILE"] = asked["credentials_file"] or ""
    aws = session()
    reason = refusal(aws.client("sts"))
    if reason is None and not asked["emulator"]:
        reason = too_large(aws.client("service-quotas"), asked)
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


def too_large(quotas, asked: dict[str, float]) -> str | None:
    """Why the tasks do not fit the account; None when they do, or when the account does not say.

    A new account, or one of the Free plan, may have a quota of a few vCPU.
    """
    for name, (kind, code) in QUOTAS.items():
        vcpu = asked[name]
        allowed = quota(quotas, code) if vcpu else math.inf
        if vcpu > allowed:
            return (
                f"this account may run {allowed:g} vCPU of Fargate {kind} in this region, and a "
                f"deployment at max_tasks needs {vcpu:g}, old and new tasks side by side. Lower "
                "max_tasks or task_cpu, or ask for more: aws service-quotas "
                "request-service-quota-increase --service-code fargate "
                f"--quota-code {code} --desired-value {vcpu:g}"
            )
    return None


def quota(quotas, code: str) -> float:
    """The account's quota of Fargate, infinite when it does not say."""
    try:
        answer = quotas.get_service_quota(ServiceCode="fargate", QuotaCode=code)
    except (ClientError, BotoCoreError):  # a lab may not ask, and its answer decides nothing
        return math.inf
    return answer["Quota"]["Value"]


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
