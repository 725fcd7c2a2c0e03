"""The OpenAPI document, held against the live server, and its page."""

import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from playwright.sync_api import expect

from todo.api.keys import new_key

METHODS = ("get", "put", "post", "delete", "patch")


@pytest.fixture(scope="module")
def document(session_app):
    return session_app.test_client().get("/api/v1/openapi.json").json


def test_the_document_is_valid_openapi_3_1(document):
    from openapi_spec_validator import OpenAPIV31SpecValidator

    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_route_is_in_the_document(document, session_app):
    documented = {
        (path, method.upper()) for path, item in document["paths"].items() for method in item
    }
    routes = {
        (rule.rule.replace("<int:id>", "{id}"), method)
        for rule in session_app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1") and rule.endpoint != "openapi.openapi_json"
    }
    assert documented == routes


def test_what_the_document_says_of_a_new_todo_is_what_validates_it(document):
    schema = document["components"]["schemas"]["TodoIn"]
    assert (schema["required"], schema["additionalProperties"]) == (["title"], False)
    assert (
        schema["properties"]["title"]["minLength"],
        schema["properties"]["title"]["maxLength"],
    ) == (1, 80)


def test_an_answer_fits_the_document(client, document):
    todo = client.post("/api/v1/todos", json={"title": "a"}).json
    jsonschema.validate(todo, document["components"]["schemas"]["TodoOut"])


def operations(document):
    return [item[method] for item in document["paths"].values() for method in METHODS & item.keys()]


def headers_of(operation):
    return [each["name"] for each in operation["parameters"] if each["in"] == "header"]


def test_what_has_an_etag_can_be_a_304(document):
    for operation in operations(document):
        takes_tag = "If-None-Match" in headers_of(operation)
        assert takes_tag == ("304" in operation["responses"])
        assert takes_tag == ("ETag" in operation["responses"].get("200", {}).get("headers", {}))
    assert "If-None-Match" in headers_of(document["paths"]["/api/v1/todos"]["get"])


def test_each_operation_takes_a_correlation_id(document):
    for operation in operations(document):
        assert "X-Correlation-ID" in headers_of(operation)


def test_the_examples_fit_their_schemas_and_are_what_a_request_may_send(document, client):
    schemas = document["components"]["schemas"]
    examples = {name: schemas[name]["examples"] for name in ("TodoIn", "TodoChange", "TodoOut")}
    for name, [example] in (examples | {"Problem": schemas["Problem"]["examples"]}).items():
        jsonschema.validate(
            example, {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        )
    made = client.post("/api/v1/todos", json=examples["TodoIn"][0])
    changed = client.patch(made.headers["Location"], json=examples["TodoChange"][0])
    assert (made.status_code, changed.status_code) == (201, 200)


def test_schemathesis_finds_no_difference_between_the_document_and_the_server(server, tmp_path):
    result = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            "run",
            f"{server.url}/api/v1/openapi.json",
            "--checks=all",
            "--max-examples=40",
            "--seed=6400",
            "--continue-on-failure",
            "--no-color",
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=300,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Tested: 8" in result.stdout


@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/", "/api/docs/index.html"])
def test_the_page_and_all_that_it_loads_come_from_this_server(client, path):
    page = client.get(path, buffered=True)
    assert page.content_type == "text/html; charset=utf-8"
    assert "//" not in page.text
    loaded = (
        "css/swagger-ui.css",
        "js/swagger-ui-bundle.js",
        "scheme.js",
        "start.js",
        "images/swagger.svg",
    )
    for file in loaded:
        assert f'"/api/docs/{file}"' in page.text
        assert client.get(f"/api/docs/{file}", buffered=True).status_code == 200


def test_the_page_may_load_nothing_from_another_host(client):
    assert (
        client.get("/api/docs", buffered=True)
        .headers["Content-Security-Policy"]
        .startswith("default-src 'self';")
    )


@pytest.mark.parametrize("name", ["../todos.py", "%2e%2e/todos.py", "js"])
def test_the_page_serves_no_other_file(client, name):
    assert client.get(f"/api/docs/{name}", buffered=True).status_code == 404


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_the_page_shows_the_operations_in_the_colours_that_the_reader_prefers(
    server, browser, scheme, is_dark
):
    page = browser.new_page(color_scheme=scheme)
    page.goto(f"{server.url}/api/docs")
    page.get_by_text("Create a todo").click()

    page.get_by_text("X-Correlation-ID").first.wait_for()
    page.get_by_text("Write the report").first.wait_for()
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (background == "rgb(28, 32, 34)") == is_dark
    page.close()


def test_the_page_sends_the_key_that_authorize_takes(serve, database, browser):
    key, known = new_key("docs", is_read_only=True)
    with serve(SQLALCHEMY_DATABASE_URI=database, TODO_API_KEYS=known.entry()) as server:
        page = browser.new_page()
        page.goto(f"{server.url}/api/docs")
        page.get_by_text("List todos").click()
        page.get_by_role("button", name="Try it out").click()
        status = page.locator(".live-responses-table .response-col_status").last
        page.get_by_role("button", name="Execute").click()
        expect(status).to_contain_text("401")

        page.get_by_role("button", name="Authorize", exact=True).click()
        page.locator(".auth-container input").fill(key)
        page.locator(".auth-container").get_by_role("button", name="Apply credentials").click()
        page.get_by_role("button", name="Close").click()
        page.get_by_role("button", name="Execute").click()
        expect(status).to_contain_text("200")
        page.close()
