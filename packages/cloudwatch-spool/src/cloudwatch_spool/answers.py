"""What an answer of CloudWatch, or the lack of one, asks the shipper to do."""

from enum import Enum, auto

from botocore import exceptions  # type: ignore[import-untyped]  # it ships no types


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
_PASTE = "Paste fresh ones into `credentials`; delivery then goes on by itself."
_REMEDIES = {
    "ExpiredToken": _PASTE,
    "ExpiredTokenException": _PASTE,
    "RequestExpired": _PASTE,
    "UnrecognizedClientException": f"Wrong credentials, or wrong for this region (AWS_REGION). {_PASTE}",
    "InvalidClientTokenId": f"Wrong credentials. {_PASTE}",
    "NoCredentialsError": "Fill in `credentials` (see credentials.example), readable for the shipper's user.",
    "NoRegionError": "Set AWS_DEFAULT_REGION, such as us-east-1.",
    "EndpointConnectionError": "Is the region (AWS_REGION) spelt right, and is there a network?",
    "ResourceNotFoundException": "Create the log group, or set TODO_CREATE_LOG_GROUP=true.",
    "AccessDenied": "May this role write to the log group, and in this region (AWS_REGION)?",
    "AccessDeniedException": "May this role write to the log group, and in this region (AWS_REGION)?",
}
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


def error_code(error: Exception) -> str:
    """A short name for the error, for reports."""
    if isinstance(error, exceptions.ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__


def remedy(error: Exception) -> str | None:
    """What a person can do about the error, in a sentence, where that is known."""
    return _REMEDIES.get(error_code(error))
