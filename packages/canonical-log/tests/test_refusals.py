"""A request that a server refuses has the canonical line that an app's request has."""

import pytest

from canonical_log import Settings
from canonical_log.correlation import identify
from canonical_log.refusals import log_refused

ENVIRON = {
    "REQUEST_METHOD": "POST",
    "PATH_INFO": "/api/v1/todos",
    "QUERY_STRING": "token=secret",
    "CONTENT_LENGTH": "12",
    "HTTP_X_CORRELATION_ID": "seen-by-the-client",
    "HTTP_X_RUN_ID": "run-1",
    "canonical_log.queue_ms": 1000.4,
}


@pytest.mark.parametrize(("status", "level"), [(400, "INFO"), (503, "WARNING")])
def test_the_line_has_the_clients_id_and_what_is_known(lines, status, level):
    log_refused(
        ENVIRON,
        identify(ENVIRON),
        status=status,
        outcome="shed",
        response_bytes=200,
        duration_ms=1000.4,
    )
    [line] = lines("request_finished")
    assert line["level"] == level
    assert line["duration_ms"] >= 1000.4
    expected = {
        "correlation_id": "seen-by-the-client",
        "run_id": "run-1",
        "http_method": "POST",
        "http_path": "/api/v1/todos",
        "http_status": status,
        "outcome": "shed",
        "request_bytes": 12,
        "response_bytes": 200,
        "queue_ms": 1000.4,
    }
    assert expected.items() <= line.items()
    assert "secret" not in str(line)


def test_an_app_that_writes_no_canonical_lines_gets_none_for_refusals(lines):
    log_refused(
        ENVIRON,
        identify(ENVIRON),
        status=503,
        outcome="shed",
        settings=Settings(events=frozenset()),
    )
    assert lines() == []
