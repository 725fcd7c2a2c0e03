"""ETags: an answer that has not changed is a 304 without a body."""

import pytest

TODOS = "/api/v1/todos"
PATHS = (TODOS, f"{TODOS}/1", f"{TODOS}?limit=1", f"{TODOS}?window=36500")


@pytest.fixture
def filled(client):
    for title in "ab":
        body = {"title": title, "deadline_at": "2026-01-01T00:00:00"}
        assert client.post(TODOS, json=body).status_code == 201
    return client


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("sent", ["{}", "W/{}", '"other", {}', "*"])
def test_an_answer_that_the_client_has_is_a_304(filled, path, sent):
    first = filled.get(path)
    again = filled.get(path, headers={"If-None-Match": sent.format(first.headers["ETag"])})
    assert (again.status_code, again.data) == (304, b"")
    for name in ("ETag", "Cache-Control", "Link"):
        assert again.headers.get(name) == first.headers.get(name)


@pytest.mark.parametrize("path", PATHS)
def test_a_change_makes_it_another(filled, path):
    first = filled.get(path)
    for todo in (1, 2):
        filled.patch(f"{TODOS}/{todo}", json={"title": "c"})
    again = filled.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    assert again.headers["ETag"] != first.headers["ETag"]
    assert again.data != first.data


@pytest.mark.parametrize("sent", ['"other"', "", "other", '"', "W/"])
def test_any_other_tag_gets_the_answer(filled, sent):
    assert filled.get(TODOS, headers={"If-None-Match": sent}).status_code == 200


def test_a_304_leaves_the_connection_usable(server):
    import requests

    with requests.Session() as session:
        etag = session.get(server.url + TODOS, timeout=30).headers["ETag"]
        for _ in range(3):
            again = session.get(server.url + TODOS, headers={"If-None-Match": etag}, timeout=30)
            assert (again.status_code, again.content) == (304, b"")
        assert session.get(server.url + TODOS, timeout=30).json() == []
