"""Whatever comes in: no 500, no redirect to where the client says, no answer larger than it need
be.
"""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TODOS = "/api/v1/todos"
ELSEWHERE = "elsewhere.example"

# A server hands on the bytes of a path as the characters of latin-1.
PATHS = st.one_of(
    st.text(st.characters(max_codepoint=255), max_size=200).map(lambda text: "/" + text),
    st.lists(
        st.sampled_from(
            ["", "api", "v1", "todos", "1", "docs", "index.html", "..", "%2e", "health"]
        ),
        max_size=8,
    ).map("/".join),
)
QUERIES = st.one_of(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=200),
    st.dictionaries(
        st.sampled_from(["completed", "window", "limit", "cursor", "title"]), st.text(max_size=50)
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FIELDS = st.sampled_from(["title", "description", "completed", "deadline_at", "id", "other"])
BODIES = st.one_of(
    st.binary(max_size=300),
    st.dictionaries(FIELDS, JSON, max_size=5).map(lambda body: json.dumps(body).encode()),
)
NAMES = [
    *("Content-Type", "Accept", "Range", "If-None-Match", "If-Modified-Since", "Cookie"),
    *("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Correlation-ID"),
    *("Authorization", "X-HTTP-Method-Override", "Forwarded", "Content-Encoding"),
]
HEADERS = st.dictionaries(
    st.sampled_from(NAMES),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=100),
    max_size=4,
)
# The fixtures are only read: what one example leaves in the database is no matter to the next.
repeatedly = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def ask(client, method, path, query="", headers=None, body=b""):
    return client.open(
        "/",
        method=method,
        query_string=query,
        headers={"Host": ELSEWHERE, **(headers or {})},
        data=body,
        environ_overrides={"PATH_INFO": path},
        buffered=True,
    )


@repeatedly
@given(
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "X"]),
    PATHS,
    QUERIES,
    HEADERS,
    BODIES,
)
def test_no_request_is_a_500_or_leads_elsewhere(client, method, path, query, headers, body):
    response = ask(client, method, path, query, headers, body)
    assert response.status_code < 500
    assert not 300 <= response.status_code < 400
    if response.status_code >= 400 and method != "HEAD":
        assert response.content_type == "application/problem+json"
        assert response.json["correlation_id"] == response.headers["X-Correlation-ID"]


@repeatedly
@given(st.sampled_from(["POST", "PATCH"]), BODIES)
def test_no_body_is_a_500(client, method, body):
    path = TODOS if method == "POST" else f"{TODOS}/1"
    headers = {"Content-Type": "application/json"}
    assert ask(client, method, path, headers=headers, body=body).status_code in (201, 400, 404)


@pytest.mark.parametrize(
    "path",
    [
        "//api/v1/todos",
        f"//{ELSEWHERE}/api/v1/todos",
        "/api//v1/todos",
        "/api/v1/todos/",
        "/api/docs/index.html",
        "/api/docs//",
        "/api/v1/todos//1",
        f"/\\{ELSEWHERE}",
    ],
)
def test_a_path_with_a_slash_too_many_is_no_redirect(client, path):
    response = ask(client, "GET", path)
    assert response.status_code in (200, 404)
    assert ELSEWHERE not in str(response.headers)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"completed": ' + b"9" * 60_000 + b"}",
        b'{"title": "a", "deadline_at": ' + b"9" * 60_000 + b"}",
        b'{"title": 1e999999}',
        b'{"title": "' + b"\\u0000" * 100 + b'"}',
    ],
    ids=["arrays", "objects", "digits", "digits for a time", "exponent", "NUL"],
)
def test_a_body_made_to_hurt_is_a_400(client, body):
    response = client.post(TODOS, data=body, content_type="application/json")
    assert response.status_code == 400
    assert len(response.data) < 2000


@pytest.mark.parametrize(
    "number", ["9" * 20, "9" * 5000, "-1", "\N{FULLWIDTH DIGIT ONE}", "1_0", "+1"]
)
def test_a_number_that_is_no_id_is_a_404(client, number):
    assert client.get(f"{TODOS}/{number}").status_code == 404


@pytest.mark.parametrize("name", ["a" * 300, "a/" * 3000, "%00", "index.html%00", "%ff"])
def test_a_name_that_is_no_file_is_a_404(client, name):
    assert client.get(f"/api/docs/{name}", buffered=True).status_code == 404


def test_the_errors_of_a_400_are_as_many_as_a_person_reads(client):
    body = {f"unknown{number}": number for number in range(3000)}
    response = client.post(TODOS, json=body)
    assert response.status_code == 400
    assert len(response.json["errors"]) == 20
    assert "3,001" in response.json["detail"]
    assert len(response.data) < 4000


def test_a_long_field_name_is_not_sent_back_whole(client):
    response = client.post(TODOS, json={"title": "a", "x" * 50_000: 1})
    assert response.status_code == 400
    assert len(response.data) < 1000
