"""For urllib3, and for requests and botocore, whose calls go through it."""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import lru_cache
from importlib import import_module
from typing import Any

from .calls import Call, begin, missing_headers
from .replacing import replace

__all__ = ["watch"]

_library: ContextVar[str | None] = ContextVar("canonical_log_library", default=None)
"""Through which library the current call goes that is to be told, unless by urllib3 itself."""
_attempt: ContextVar["_Attempt | None"] = ContextVar("canonical_log_attempt", default=None)
_is_urllib3_watched = False


class _Attempt:
    """What a pool is just doing. It tries again by calling itself."""

    def __init__(self, pool: Any, call: Call) -> None:
        self.pool, self.call = pool, call
        self.is_followed = False


def watch(library: str) -> None:
    """Tells the calls of one of the three."""
    global _is_urllib3_watched
    replace(import_module("urllib3.connectionpool").HTTPConnectionPool, "urlopen", _told)
    if library == "urllib3":
        _is_urllib3_watched = True
    elif library == "requests":
        replace(import_module("requests.adapters").HTTPAdapter, "send", _of_requests)
    else:
        replace(import_module("botocore.httpsession").URLLib3Session, "send", _of_botocore)


def _of_requests(original: Callable[..., Any]) -> Callable[..., Any]:
    def send(self: Any, *arguments: Any, **options: Any) -> Any:
        token = _library.set("requests")
        try:
            return original(self, *arguments, **options)
        finally:
            _library.reset(token)

    return send


def _of_botocore(original: Callable[..., Any]) -> Callable[..., Any]:
    def send(self: Any, request: Any) -> Any:
        # Each attempt has a request of its own, which is signed already: the signature does not
        # mind what it does not cover.
        for name, value in missing_headers(request.headers).items():
            request.headers[name] = value
        token = _library.set("botocore")
        try:
            return original(self, request)
        finally:
            _library.reset(token)

    return send


def _told(original: Callable[..., Any]) -> Callable[..., Any]:
    def urlopen(
        self: Any,
        method: str,
        url: str,
        body: Any = None,
        headers: Any = None,
        retries: Any = None,
        *arguments: Any,
        **options: Any,
    ) -> Any:
        library = _library.get() or ("urllib3" if _is_urllib3_watched else None)
        call = begin(library, method, _whole(self, url)) if library else None
        if call is None:
            return original(self, method, url, body, headers, retries, *arguments, **options)
        _number(call, self, retries)
        headers = _with_ids(self.headers if headers is None else headers)
        attempt = _Attempt(self, call)
        token = _attempt.set(attempt)
        try:
            response = original(self, method, url, body, headers, retries, *arguments, **options)
        except BaseException as error:
            if not attempt.is_followed:
                call.failed(_reason(error))
            raise
        finally:
            _attempt.reset(token)
        if not attempt.is_followed:
            _answered(call, response, options.get("preload_content", True))
        return response

    return urlopen


def _number(call: Call, pool: Any, retries: Any) -> None:
    """Which attempt it is, and the end of the one before, which waits for this one's answer."""
    history = getattr(retries, "history", None)
    if not history:
        return
    call.resent(len(history))
    before = _attempt.get()
    if before and before.pool is pool:
        before.is_followed = True
        if history[-1].error is not None:
            before.call.failed(history[-1].error)
        else:
            before.call.answered(history[-1].status)
            before.call.over()


def _reason(error: BaseException) -> BaseException:
    """The failure itself, which a MaxRetryError has as its reason."""
    reason = getattr(error, "reason", None)
    return reason if isinstance(reason, BaseException) else error


def _answered(call: Call, response: Any, is_read: bool) -> None:
    call.answered(response.status)
    if is_read:
        call.over()
        return
    kind: Any = type(response)
    try:
        response.__class__ = _timed(kind)
        response.canonical_log_call = call
    except (AttributeError, TypeError):  # of a pool whose answers are of its own kind
        call.over()


def _whole(pool: Any, url: str) -> str:
    """The URL with its host, which a pool knows by itself."""
    if "://" in url:
        return url
    port = "" if pool.port in (None, 80, 443) else f":{pool.port}"
    return f"{pool.scheme}://{pool.host}{port}{url}"


def _with_ids(headers: Any) -> Any:
    """A copy of the headers with ours, of the same kind: some know names in any case."""
    missing = missing_headers(headers)
    if not missing:
        return headers
    copy = headers.copy() if hasattr(headers, "copy") else dict(headers)
    copy.update(missing)
    return copy


@lru_cache(maxsize=16)
def _timed(kind: Any) -> Any:
    class TimedResponse(kind):  # type: ignore[misc]  # whichever the pool has
        """A response that tells how long its body is waited for, and when that is over. Garbage
        collection closes it, too.
        """

        canonical_log_call: Call

        def read(self, *arguments: Any, **options: Any) -> Any:
            with self.canonical_log_call.reading():
                return super().read(*arguments, **options)

        def read_chunked(self, *arguments: Any, **options: Any) -> Iterator[bytes]:
            parts = super().read_chunked(*arguments, **options)
            while True:
                with self.canonical_log_call.reading():
                    part = next(parts, None)
                if part is None:
                    return
                yield part

        def read1(self, *arguments: Any, **options: Any) -> Any:
            with self.canonical_log_call.reading():
                return super().read1(*arguments, **options)

        def release_conn(self) -> None:
            super().release_conn()
            self.canonical_log_call.over()

        def close(self) -> None:
            super().close()
            self.canonical_log_call.over()

    TimedResponse.__name__ = kind.__name__
    return TimedResponse
