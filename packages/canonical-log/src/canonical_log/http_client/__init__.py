"""Calls to other services: each as an event `http_client`, in the roll-up of its request, and with
the headers that carry the ids on.

from canonical_log import http_client

http_client.watch("requests", "httpx")
"""

import importlib

from canonical_log.suggestions import refuse_others

__all__ = ["LIBRARIES", "watch"]

LIBRARIES = ("requests", "httpx", "urllib3", "botocore")
"""The libraries whose calls can be told."""
_BY_URLLIB3 = ("requests", "urllib3", "botocore")


def watch(*libraries: str) -> None:
    """Tells the calls that requests, and other work that has an id, make from now on through these
    libraries, some of `LIBRARIES`, in the whole process. Doing it again changes nothing.

    Each attempt is a call: a retry and a redirect is one more. One that goes through two libraries,
    as those of requests and botocore go through urllib3, is told once. `X-Correlation-ID` and
    `traceparent` are added to its headers, unless they are there.

    Raises ValueError without a name and for one that there is not, and ModuleNotFoundError, which
    says what to install, for a library that is missing.
    """
    refuse_others("library", libraries, LIBRARIES)
    if not libraries:
        raise ValueError(f"watch needs the name of a library: there are {', '.join(LIBRARIES)}")
    for library in libraries:
        _require(library)
        of = "urllib3" if library in _BY_URLLIB3 else library
        importlib.import_module(f"{__name__}.{of}").watch(library)


def _require(library: str) -> None:
    try:
        importlib.import_module(library)
    except ModuleNotFoundError as error:
        if error.name != library:
            raise
        raise ModuleNotFoundError(
            f"{library} cannot be watched, since it is not installed:"
            f" pip install 'canonical-log[{library}]'",
            name=library,
        ) from None
