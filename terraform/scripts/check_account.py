"""Says in a sentence why AWS would refuse an apply, before Terraform does so in ten lines; for
`make deploy`.
"""

import sys

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from session import session

RENEW = (
    "Start the lab again, copy `AWS Details > AWS CLI` into the credentials file (or ~/.aws/credentials), "
    "all three lines with aws_session_token, and run this again."
)
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
WRONG = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"}


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


def explain(error: dict) -> str:
    """A sentence about an error that AWS answered."""
    if error["Code"] in EXPIRED:
        return f"the session's token has expired: a Learner Lab's ends with the session. {RENEW}"
    if error["Code"] in WRONG:
        return f"AWS does not know these credentials; a Learner Lab's need their aws_session_token. {RENEW}"
    return f"AWS refuses these credentials: {error.get('Message', error['Code'])}"


if __name__ == "__main__":
    sys.exit(refusal(session().client("sts")))
