"""The manifest for k6-operator, which the documentation shows: what it names is in our scripts."""

import json
import re
from pathlib import Path

import pytest

from todo.loadtest.on_docker import K6_IMAGE
from todo.views.catalog import named_query

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "load-test-a-deployment.md").read_text()
READ = re.compile(r"__ENV\.(\w+)")
VALID_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")  # of an object of Kubernetes


@pytest.fixture
def manifest():
    (block,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return json.loads(block)


def test_it_is_a_test_run_of_k6_operator(manifest):
    assert (manifest["apiVersion"], manifest["kind"]) == ("k6.io/v1alpha1", "TestRun")
    assert VALID_NAME.fullmatch(manifest["metadata"]["name"])
    assert manifest["spec"]["parallelism"] > 1


def test_its_script_and_its_variables_are_ours(manifest):
    (source,) = manifest["spec"]["script"].values()
    read = {name for path in (ROOT / "k6").rglob("*.js") for name in READ.findall(path.read_text())}

    assert (ROOT / "k6" / source["file"]).is_file()
    assert {each["name"] for each in manifest["spec"]["runner"]["env"]} <= read


def test_its_k6_is_the_one_that_the_scripts_are_tested_with(manifest):
    assert manifest["spec"]["runner"]["image"] == K6_IMAGE


def test_the_load_machines_k6_is_the_same():
    dockerfile = (ROOT / "containers" / "load" / "Dockerfile").read_text()

    assert re.findall(r"^ARG K6_IMAGE=(.*)@", dockerfile, re.MULTILINE) == [K6_IMAGE]


def test_its_run_is_asked_for_by_a_query_that_there_is(manifest):
    variables = {each["name"]: each["value"] for each in manifest["spec"]["runner"]["env"]}

    assert f"todo insights load_run --aws --run-id {variables['RUN_ID']}" in PAGE
    assert "run_id" in named_query("load_run").text
