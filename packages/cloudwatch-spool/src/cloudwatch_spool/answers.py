"""What an answer of CloudWatch, or the lack of one, asks the shipper to do."""

from collections.abc import Mapping
from enum import Enum, auto

from botocore import exceptions  # type: ignore[import-untyped]  # it ships no types
from botocore.parsers import ResponseParserError  # type: ignore[import-untyped]  # likewise

WAITED_OUT = (OSError, exceptions.BotoCoreError, exceptions.ClientError, ResponseParserError)
"""What the world outside raises through boto3. Anything else is a bug, and trying it again is not
going to mend it.
"""


class Verdict(Enum):
    """What to do after a failed call. None of them is to drop an event."""

    RETRY = auto()
    """Wait and try again: throttled, unavailable, unreachable."""
    RENEW = auto()
    """Get credentials afresh, then try again."""
    CREATE = auto()
    """Create the log group and the stream, then try again."""
    ISOLATE = auto()
    """One of the events is at fault; find it."""
    ACCEPTED = auto()
    """It was delivered before."""
    HOLD = auto()
    """Only a person can help: report it and keep trying, slowly."""


_VERDICTS = {
    "ResourceNotFoundException": Verdict.CREATE,
    "InvalidParameterException": Verdict.ISOLATE,
    "ValidationException": Verdict.ISOLATE,
    "SerializationException": Verdict.ISOLATE,
    "RequestEntityTooLarge": Verdict.ISOLATE,
    "DataAlreadyAcceptedException": Verdict.ACCEPTED,
    "InvalidSequenceTokenException": Verdict.RETRY,
    "OperationAbortedException": Verdict.RETRY,
    "ExpiredToken": Verdict.RENEW,
    "ExpiredTokenException": Verdict.RENEW,
    "RequestExpired": Verdict.RENEW,
    "UnrecognizedClientException": Verdict.RENEW,
    "InvalidClientTokenId": Verdict.RENEW,
    "InvalidSignatureException": Verdict.RENEW,
    "SignatureDoesNotMatch": Verdict.RENEW,
    "IncompleteSignature": Verdict.RENEW,
    "MissingAuthenticationToken": Verdict.RENEW,
    "AccessDeniedException": Verdict.HOLD,
    "AccessDenied": Verdict.HOLD,
    "OptInRequired": Verdict.HOLD,
}
_FRESH = "Give boto3 fresh credentials; delivery then goes on by itself."
_WRITE = "May this role write to the log group, in this account and region?"
_REMEDIES = {
    "ExpiredToken": _FRESH,
    "ExpiredTokenException": _FRESH,
    "RequestExpired": _FRESH,
    "UnrecognizedClientException": f"Wrong credentials, or wrong for this region. {_FRESH}",
    "InvalidClientTokenId": f"Wrong credentials. {_FRESH}",
    "NoCredentialsError": "boto3 finds no credentials: give it some, readable for this user.",
    "ConfigurationError": "Correct boto3's configuration: region, endpoint, credential process.",
    "NoRegionError": "boto3 finds no region: set one, such as us-east-1.",
    "EndpointConnectionError": "Is the region spelt right, and is there a network?",
    "StalledError": "Does a credential process, single sign-on, the metadata service or DNS hang?",
    "ResourceNotFoundException": "Create the log group, or let the shipper do it.",
    "HTTP401": "Does the endpoint want a header, such as Authorization?",
    "HTTP404": "Is the endpoint's path right? For traces it is mostly /v1/traces.",
    "AccessDenied": _WRITE,
    "AccessDeniedException": _WRITE,
}
_LONGEST_RETRY_AFTER_S = 60.0
_RETRIED_MARKS = (
    "Throttl",
    "TooManyRequests",
    "LimitExceeded",
    "RequestLimit",
    "Unavailable",
    "InternalFailure",
)
_CREDENTIAL_ERRORS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.MetadataRetrievalError,
    exceptions.SSOError,
)


def is_known(code: str) -> bool:
    """Whether an error's code alone says what to do."""
    return code in _VERDICTS or any(mark in code for mark in _RETRIED_MARKS)


def judge(error: Exception) -> Verdict:
    """What to do about an exception of a boto3 client."""
    if isinstance(error, _CREDENTIAL_ERRORS):
        return Verdict.RENEW
    if not isinstance(error, exceptions.ClientError):
        return Verdict.RETRY  # no answer: refused, reset, timed out, not resolved, cut off
    code = error_code(error)
    if code in _VERDICTS:
        return _VERDICTS[code]
    if any(mark in code for mark in _RETRIED_MARKS):
        return Verdict.RETRY
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    if status == 413:
        return Verdict.ISOLATE
    return Verdict.RETRY if status >= 500 or status == 429 else Verdict.HOLD


def retry_after_s(error: Exception) -> float:
    """For how long the answer asks not to be tried again: at most a minute, 0 if it does not."""
    if not isinstance(error, exceptions.ClientError):
        return 0.0
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    try:
        return min(max(float(headers.get("retry-after", 0)), 0.0), _LONGEST_RETRY_AFTER_S)
    except ValueError:  # a date, which a clock that is off would make too much of
        return 0.0


def error_code(error: Exception) -> str:
    """A short name for the error, for reports."""
    if isinstance(error, exceptions.ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__


def remedy(error: Exception, remedies: Mapping[str, str]) -> str | None:
    """What a person can do about the error, in a sentence, where that is known.

    `remedies` says it in the words of an app, by the error's code; it goes before our own.
    """
    code = error_code(error)
    return remedies.get(code) or _REMEDIES.get(code)
