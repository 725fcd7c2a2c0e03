"""Retries, redirects, failures and bodies that come in parts."""

import asyncio
import gc

import httpx
import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from canonical_log import http_client


def test_each_retry_counts(service, serve, lines):
    http_client.watch("requests")

    def view():
        with requests.Session() as session:
            session.mount("http://", HTTPAdapter(max_retries=Retry(5, status_forcelist=[503])))
            return session.get(service.url + "/flaky/requests").text

    assert serve(view).text == "flaky"
    told = [
        (line.get("http_client_resend_count"), line["http_client_status"], line["level"])
        for line in lines("http_client")
    ]
    assert told == [(None, 503, "WARNING"), (1, 503, "WARNING"), (2, 200, "INFO")]
    [finished] = lines("request_finished")
    assert (finished["http_client_count"], finished["http_client_error_count"]) == (3, 2)


def test_each_attempt_of_botocore_counts(calls, service, serve, lines):
    http_client.watch("botocore")

    def view():
        with pytest.raises(Exception, match="timeout"):
            calls["botocore"](service.url + "/hangs")
        return "gave up"

    serve(view)
    told = [line["exception_type"] for line in lines("http_client")]
    assert told == ["ReadTimeoutError"] * 3
    assert lines("request_finished")[0]["http_client_error_count"] == 3


def test_a_redirect_is_one_call_more(service, serve, lines):
    http_client.watch("requests", "urllib3", "httpx")

    def view():
        requests.get(service.url + "/redirect", timeout=5)
        httpx.get(service.url + "/redirect", follow_redirects=True)
        urllib3.PoolManager().request("GET", service.url + "/redirect")
        urllib3.connection_from_url(service.url).request("GET", "/redirect")
        return "followed"

    serve(view)
    statuses = [line["http_client_status"] for line in lines("http_client")]
    assert statuses == [302, 200] * 4
    assert len(service.asked) == 8


@pytest.mark.parametrize(
    ("path", "name"), [("/hangs", "ReadTimeout"), ("/cut", "Protocol")], ids=["slow", "cut"]
)
def test_a_call_that_fails_is_told_and_raised(path, name, service, serve, lines):
    http_client.watch("requests", "httpx")

    def view():
        with pytest.raises(requests.RequestException):
            requests.get(service.url + path, timeout=0.1)
        with pytest.raises(httpx.HTTPError):
            httpx.get(service.url + path, timeout=0.1)
        return "refused"

    serve(view)
    told = lines("http_client")
    assert [line["level"] for line in told] == ["WARNING", "WARNING"]
    assert all(name in line["exception_type"] for line in told), told
    assert all(("http_client_status" in line) == (path == "/cut") for line in told)
    [finished] = lines("request_finished")
    assert (finished["http_client_count"], finished["http_client_error_count"]) == (2, 2)


def test_nobody_is_there(library, service, serve, lines):
    name, call = library

    def view():
        with pytest.raises(Exception, match=r"."):
            call("http://127.0.0.1:1/ok")
        return "refused"

    serve(view)
    told = lines("http_client")
    assert len(told) == {"botocore": 3, "urllib3": 4}.get(name, 1)
    assert all("Conn" in line["exception_type"] for line in told)
    assert lines("request_finished")[0]["http_client_error_count"] == len(told)


def stream_of_requests(url):
    with requests.get(url, stream=True, timeout=5) as response:
        return len(b"".join(response.iter_content(1000)))


def stream_of_httpx(url):
    with httpx.stream("GET", url) as response:
        return len(b"".join(response.iter_bytes()))


def stream_of_urllib3(url):
    response = urllib3.PoolManager().request("GET", url, preload_content=False)
    return len(b"".join(response.stream(1000)))


def stream_of_asyncio(url):
    async def read():
        async with httpx.AsyncClient() as client, client.stream("GET", url) as response:
            return len(b"".join([part async for part in response.aiter_bytes()]))

    return asyncio.run(read())


STREAMS = [stream_of_requests, stream_of_httpx, stream_of_urllib3, stream_of_asyncio]


@pytest.mark.parametrize("stream", STREAMS, ids=[stream.__name__ for stream in STREAMS])
def test_the_wait_for_a_body_is_time_of_the_call(stream, service, serve, lines):
    http_client.watch("requests", "urllib3", "httpx")
    assert serve(lambda: str(stream(service.url + "/parts"))).text == str(30_000)
    [line] = lines("http_client")
    assert line["http_client_duration_ms"] >= 150
    time_ms = lines("request_finished")[0]["http_client_time_ms"]
    assert time_ms == pytest.approx(line["http_client_duration_ms"], abs=0.02)


def test_a_body_that_nobody_reads_is_told_when_it_is_let_go_of(service, serve, lines):
    http_client.watch("requests", "httpx")

    def view():
        with httpx.Client() as client:
            for _ in range(2):
                requests.get(service.url + "/parts", stream=True, timeout=5)
                client.send(client.build_request("GET", service.url + "/parts"), stream=True)
        return "not read"

    serve(view)
    gc.collect()
    assert lines("request_finished")[0]["http_client_count"] == 4
    assert [line["http_client_status"] for line in lines("http_client")] == [200] * 4
