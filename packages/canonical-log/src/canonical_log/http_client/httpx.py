"""For httpx, of which each hop and each attempt goes through a transport."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx

from .calls import Call, begin, missing_headers
from .replacing import replace

__all__ = ["watch"]


def watch(_library: str) -> None:
    """Tells the calls of clients whose transports are httpx's own. The line that httpx itself logs
    of each, with the whole URL in it, is left out unless the app has set its logger's level.
    """
    logger = logging.getLogger("httpx")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)
    replace(httpx.HTTPTransport, "handle_request", _told)
    replace(httpx.AsyncHTTPTransport, "handle_async_request", _told_async)


def _told(original: Callable[..., Any]) -> Callable[..., Any]:
    def handle_request(self: Any, request: httpx.Request) -> httpx.Response:
        call = begin("httpx", request.method, str(request.url))
        if call is None:
            return original(self, request)  # type: ignore[no-any-return]  # it is httpx's
        try:
            response: httpx.Response = original(self, _with_ids(request))
        except BaseException as error:
            call.failed(error)
            raise
        call.answered(response.status_code)
        response.stream = _TimedStream(response.stream, call)
        return response

    return handle_request


def _told_async(original: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_async_request(self: Any, request: httpx.Request) -> httpx.Response:
        call = begin("httpx", request.method, str(request.url))
        if call is None:
            return await original(self, request)  # type: ignore[no-any-return]  # it is httpx's
        try:
            response: httpx.Response = await original(self, _with_ids(request))
        except BaseException as error:
            call.failed(error)
            raise
        call.answered(response.status_code)
        response.stream = _TimedAsyncStream(response.stream, call)
        return response

    return handle_async_request


def _with_ids(request: httpx.Request) -> httpx.Request:
    """A copy of the request with our headers: the app may send its own again."""
    missing = missing_headers(request.headers)
    if not missing:
        return request
    headers = request.headers.copy()
    headers.update(missing)
    return httpx.Request(
        request.method,
        request.url,
        headers=headers,
        stream=request.stream,
        extensions=request.extensions,
    )


class _TimedStream(httpx.SyncByteStream):
    """A body that tells how long it is waited for, and when that is over."""

    def __init__(self, stream: Any, call: Call) -> None:
        self._stream, self._call = stream, call

    def __iter__(self) -> Iterator[bytes]:
        parts = iter(self._stream)
        while True:
            with self._call.reading():
                part = next(parts, None)
            if part is None:
                return
            yield part

    def close(self) -> None:
        try:
            self._stream.close()
        finally:
            self._call.over()

    def __del__(self) -> None:
        """Nobody has read it to its end, nor closed it."""
        self._call.over()


class _TimedAsyncStream(httpx.AsyncByteStream):
    """The same for asyncio."""

    def __init__(self, stream: Any, call: Call) -> None:
        self._stream, self._call = stream, call

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = aiter(self._stream)
        while True:
            with self._call.reading():
                part = await anext(parts, None)
            if part is None:
                return
            yield part

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            self._call.over()

    def __del__(self) -> None:
        """As above."""
        self._call.over()
