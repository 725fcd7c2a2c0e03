"""The image of a load machine, run with the rights that its task definition gives it."""

import json
import os
import subprocess

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

from todo.loadtest.fargate.exchange import Exchange
from todo.loadtest.k6 import EXPORTED
from todo.loadtest.machines import SHARED_SETTINGS, Machines
from todo.loadtest.run import LoadMachine

from .stack import CHECKOUT

IMAGE = "taskoverflow-test-load"
KEYS = {
    "AWS_ACCESS_KEY_ID": "id",
    "AWS_SECRET_ACCESS_KEY": "key",
    "AWS_DEFAULT_REGION": "us-east-1",
}
SCRIPT = """
import http from "k6/http";
export const options = { vus: 2, iterations: 6 };
export default () => http.get(`${__ENV.ENDPOINT}/api/v1/todos`);
"""
UNPRIVILEGED = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--init"]


@pytest.fixture(scope="session")
def load_image(k6_image):
    """The image, with this environment's k6."""
    given = {
        name: os.environ[name] for name in ("PYTHON_IMAGE", "PIP_INDEX_URL") if name in os.environ
    }
    arguments = [f"{name}={value}" for name, value in (given | {"K6_IMAGE": k6_image}).items()]
    options = [part for value in arguments for part in ("--build-arg", value)]
    folder = CHECKOUT / "containers" / "load"
    build = ["docker", "build", "--quiet", "--tag", IMAGE, *options, str(folder)]
    subprocess.run(build, check=True, capture_output=True, timeout=600)
    yield IMAGE
    subprocess.run(["docker", "rmi", IMAGE], check=False, capture_output=True)


@pytest.fixture
def s3(monkeypatch):
    """A client of moto's S3, with a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    requests.post(f"{url}/moto-api/reset", timeout=10)
    for name, value in (KEYS | {"AWS_ENDPOINT_URL": url}).items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="load-samples")
    yield client
    client.close()
    server.stop()


class Container(Machines):
    """One container of the image, in the place of a task; what it says is `said`."""

    def __init__(self, image, s3):
        super().__init__(1)
        self.image, self.exchange, self.said = image, Exchange(s3, "load-samples", "some-run"), ""

    def version(self):
        return "1.1.0"

    def run_shares(self, script, text, shares, endpoint):
        (share,) = shares
        self.exchange.send(script, text)
        self.exchange.start()
        told = {"BUCKET": "load-samples", "RUN_ID": "some-run", "MACHINE_NAME": share.name}
        variables = (
            KEYS | SHARED_SETTINGS | told | {"AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"]}
        )
        options = [part for pair in variables.items() for part in ("--env", "=".join(pair))]
        done = subprocess.run(
            [
                *("docker", "run", "--rm", "--network", "host", *UNPRIVILEGED, *options),
                *(self.image, *share.arguments),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        self.said = done.stdout
        ended = json.loads(self.exchange.fetch(share) or "null")
        assert ended is not None, self.said
        assert ended["exit_code"] == done.returncode
        code, cpu_s = ended["exit_code"], ended["cpu_s"]
        return [LoadMachine(name=share.name, host="docker", exit_code=code, cpu_share=cpu_s)], False


def test_a_machine_without_rights_gets_its_script_and_brings_its_samples(
    load_image, s3, server, tmp_path
):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "some.js").write_text(SCRIPT)
    (tmp_path / "some-run").mkdir()
    machine = Container(load_image, s3)

    ended = machine.run(
        tmp_path / "scripts" / "some.js",
        tmp_path / "some-run",
        {"ENDPOINT": server.url, "RUN_ID": "some-run"},
    )

    assert ended.exit_code == 0, machine.said
    assert ended.load_machines[0].cpu_share > 0
    assert (tmp_path / "some-run" / "samples.csv").read_text().count("\nhttp_reqs,") == 6
    assert (tmp_path / "some-run" / "machine-1" / EXPORTED).stat().st_size > 0
    assert "Traceback" not in machine.said
