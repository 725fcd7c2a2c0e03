"""The images that everything is built on: by digest, and how the digests are renewed."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PINNED = re.compile(r"[a-z0-9/]+:[a-z0-9.-]+@sha256:[0-9a-f]{64}")
DOCKERFILES = (
    *("Dockerfile", "containers/aws-local.Dockerfile", "containers/load/Dockerfile"),
    "tests/deployment/registry.Dockerfile",
)
NEW = "sha256:" + "5" * 64


@pytest.fixture
def checkout(tmp_path):
    """The files that name base images, and the programs that choose them."""
    for name in (
        *DOCKERFILES,
        "docker-compose.yml",
        "containers/base-images",
        "containers/pin-base-images",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def run(checkout):
    """Call it to run a program of the checkout with a `docker` that is the script given."""

    def run_with(docker, program):
        folder = checkout / "bin"
        folder.mkdir()
        (folder / "docker").write_text(f"#!/bin/sh\n{docker}\n")
        (folder / "docker").chmod(0o755)
        named = ("PYTHON_IMAGE", "POSTGRES_IMAGE")
        environment = {name: value for name, value in os.environ.items() if name not in named}
        environment["PATH"] = f"{folder}:{os.environ['PATH']}"
        return subprocess.run(
            [checkout / "containers" / program],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )

    return run_with


def images(folder):
    """The base images by the file that names them."""
    texts = {name: (folder / name).read_text() for name in DOCKERFILES}
    found = {n: re.findall(r"^ARG (?:PYTHON|K6)_IMAGE=(.*)", t, re.M) for n, t in texts.items()}
    compose = (folder / "docker-compose.yml").read_text()
    found["compose"] = re.findall(r"\$\{(?:PYTHON|POSTGRES)_IMAGE:-(.*)\}", compose)
    return found


def test_every_base_image_is_named_by_its_digest():
    found = images(ROOT)

    assert [len(found[name]) for name in (*DOCKERFILES, "compose")] == [1, 1, 2, 1, 2]
    assert all(PINNED.fullmatch(image) for names in found.values() for image in names)


def test_python_is_the_same_everywhere():
    found = images(ROOT)

    assert len({found[name][0] for name in (*DOCKERFILES, "compose")}) == 1


@pytest.mark.parametrize("name", DOCKERFILES)
def test_every_stage_is_built_on_it_or_on_another_stage(name):
    stages = re.findall(r"^FROM (\S+)(?: AS (\S+))?", (ROOT / name).read_text(), re.M)

    assert {base for base, _ in stages} <= {"${PYTHON_IMAGE}", "${K6_IMAGE}"} | {
        own for _, own in stages
    }


def test_compose_builds_and_runs_what_is_pinned_unless_told_otherwise():
    services = (ROOT / "docker-compose.yml").read_text()
    named = re.findall(r"^ *(?:image|PYTHON_IMAGE): (.*)", services, re.M)
    own = {"taskoverflow", "taskoverflow-aws-local"}

    assert all("_IMAGE:-" in name for name in named if name not in own)


def test_make_lock_renews_every_digest(checkout, run):
    run(f'echo "Digest: {NEW}"', "pin-base-images")

    assert {image.split("@")[1] for names in images(checkout).values() for image in names} == {NEW}
    assert not list(checkout.rglob("*.pinned"))


def test_without_a_network_the_digests_stay_and_it_says_so(checkout, run):
    done = run('echo "no such host" >&2; exit 1', "pin-base-images")

    assert images(checkout) == images(ROOT)
    assert done.stderr.splitlines() == [
        f"{name} keeps its digest, since it cannot be pulled: no such host"
        for name in ("python:3.13-slim-bookworm", "postgres:18-alpine", "grafana/k6:1.1.0")
    ]


def test_an_image_of_the_name_is_taken_only_where_the_digest_cannot_be_pulled(run):
    offline = 'case "$*" in pull*|*@*) exit 1 ;; esac'
    done = run(offline, "base-images")

    assert done.stdout.split() == [
        "PYTHON_IMAGE=python:3.13-slim-bookworm",
        "POSTGRES_IMAGE=postgres:18-alpine",
    ]
    assert "its digest cannot be pulled" in done.stderr


@pytest.mark.parametrize(
    "docker",
    ['case "$*" in "image inspect"*) exit 1 ;; esac', "exit 1"],
    ids=["pulled", "neither there nor to be had"],
)
def test_else_the_digest_stays(run, docker):
    assert run(docker, "base-images").stdout == ""
