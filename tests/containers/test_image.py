"""The image alone."""

import json
import re
import subprocess
import tomllib

import pytest

from .stack import CHECKOUT, docker

HAS_BUILDKIT = subprocess.run(["docker", "buildx", "version"], capture_output=True).returncode == 0
CONFINED = (
    "--rm",
    "--read-only",
    "--cap-drop",
    "ALL",
    "--security-opt",
    "no-new-privileges",
    "--network",
    "none",
)
LIST_PACKAGES = """
import importlib.metadata, json
print(json.dumps({
    d.metadata["Name"].lower().replace("_", "-"): d.version
    for d in importlib.metadata.distributions()
}))
"""


def run(
    image: str, *command: str, options: tuple[str, ...] = CONFINED
) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["docker", "run", *options, image, *command], capture_output=True, text=True, timeout=60
    )


def python(image: str, code: str) -> str:
    return docker("run", *CONFINED, "--entrypoint", "python", image, "-c", code)


def inspect(image: str) -> dict:
    return json.loads(docker("image", "inspect", image))[0]


@pytest.mark.skipif(
    not HAS_BUILDKIT, reason="BUILDKIT WAS NOT TESTED: this Docker has no plugin buildx"
)
def test_buildkit_builds_it_too(build):
    tag = build(buildkit=True, tag="taskoverflow:buildkit")

    assert run(tag, "--version").stdout.startswith("todo, version")


def test_the_same_inputs_make_the_same_layers(image, build):
    again = build("--no-cache", tag="taskoverflow:again")

    assert inspect(again)["RootFS"]["Layers"][-2:] == inspect(image)["RootFS"]["Layers"][-2:]


def test_it_has_the_packages_of_the_lock_file_and_no_other(image):
    locked = dict(
        re.findall(
            r"^([a-z0-9.-]+)==([^ ;]+)(?: ;.*)? \\$",
            (CHECKOUT / "requirements.lock").read_text(),
            re.M,
        )
    )
    installed = json.loads(python(image, LIST_PACKAGES))

    assert installed.pop("taskoverflow") == version()
    for library in ("canonical-log", "cloudwatch-spool"):  # from their folders
        assert installed.pop(library)
    assert {name: locked.get(name) for name in installed} == installed
    assert {"flask", "gunicorn", "boto3"} <= set(installed)


@pytest.mark.parametrize("program", ["pip", "cc", "gcc", "make", "curl", "git"])
def test_it_has_no_tool_to_build_with(image, program):
    assert (
        run(
            image, "-c", f"! command -v {program}", options=(*CONFINED, "--entrypoint", "sh")
        ).returncode
        == 0
    )


def test_its_user_is_a_fixed_number_and_not_root(image):
    assert inspect(image)["Config"]["User"] == "6400:6400"
    assert python(image, "import os; print(os.getuid(), os.getgid())") == "6400 6400\n"


@pytest.mark.parametrize("command", [("serve",), ("ship",), ("db", "upgrade")], ids=" ".join)
def test_it_has_the_command(image, command):
    assert run(image, *command, "--help").returncode == 0


def test_its_entrypoint_leaves_the_signals_to_the_command(image):
    config = inspect(image)["Config"]

    assert (config["Entrypoint"], config["Cmd"]) == (["todo"], ["serve"])


def test_its_health_check_is_python(image):
    assert inspect(image)["Config"]["Healthcheck"]["Test"][:2] == ["CMD", "python"]


def test_it_has_the_authorities_of_rds_databases(image):
    code = """
import ssl
context = ssl.create_default_context(cafile="/opt/todo/rds-ca.pem")
print(*[dict(pair[0] for pair in each["subject"])["commonName"] for each in context.get_ca_certs()])
"""
    assert "Amazon RDS us-east-1 Root CA RSA2048 G1" in python(image, code)


def test_its_labels_say_which_version_it_is(image):
    labels = inspect(image)["Config"]["Labels"]

    assert labels["org.opencontainers.image.version"] == version()
    assert labels["org.opencontainers.image.licenses"] == "MIT"


def test_neither_its_history_nor_its_settings_hold_a_secret(image):
    history = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", image)
    settings = " ".join(inspect(image)["Config"]["Env"])

    assert not re.findall(
        r"(?i)index_url|proxy|password|secret|token|access_key|://",
        history.split("LABEL")[-1] + settings,
    )
    assert "PIP_" not in history


def test_it_holds_no_file_of_the_checkout_but_the_package(image):
    found = python(
        image,
        "import pathlib; print(*pathlib.Path('/').glob('[!p]*/**/requirements*.lock'), sep='')",
    )

    assert found.strip() == ""


def test_serving_without_a_database_is_refused_in_a_line(image):
    refused = run(image, "serve")

    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "SQLALCHEMY_DATABASE_URI is not set" in refused.stderr


def test_an_unknown_setting_is_refused_in_a_line(image):
    refused = run(image, "serve", options=(*CONFINED, "--env", "TODO_PROT=1"))

    assert (
        refused.stderr
        == "Error: TODO_PROT is no setting of TaskOverflow: did you mean TODO_PORT?\n"
    )


def version() -> str:
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]
