"""The image of a load machine, run with the rights that its task definition gives it."""

import json
import subprocess

import boto3
import pytest

from todo.loadtest.fargate.exchange import Exchange
from todo.loadtest.k6 import EXPORTED
from todo.loadtest.machines import SHARED_SETTINGS, Machines
from todo.loadtest.run import LoadMachine

from .conftest import build_arguments
from .stack import CHECKOUT

IMAGE = "taskoverflow-test-load"
SCRIPT = """
import http from "k6/http";
export const options = { vus: 2, iterations: 6 };
export default () => http.get(`${__ENV.ENDPOINT}/api/v1/todos`);
"""
UNPRIVILEGED = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--init"]


@pytest.fixture(scope="session")
def load_image(k6_image):
    """The image, with this environment's k6."""
    options = [*build_arguments(), "--build-arg", f"K6_IMAGE={k6_image}"]
    folder = CHECKOUT / "containers" / "load"
    build = ["docker", "build", "--quiet", "--tag", IMAGE, *options, str(folder)]
    subprocess.run(build, check=True, capture_output=True, timeout=600)
    yield IMAGE
    subprocess.run(["docker", "rmi", IMAGE], check=False, capture_output=True)


@pytest.fixture
def s3(moto):
    """A client of moto's S3, with a bucket."""
    client = boto3.client("s3")
    client.create_bucket(Bucket="load-samples")
    yield client
    client.close()


class Container(Machines):
    """One container of the image, in the place of a task; what it says is `said`."""

    def __init__(self, image, s3, account):
        super().__init__(1)
        self.image, self.exchange, self.said = image, Exchange(s3, "load-samples", "some-run"), ""
        self.account = account

    def version(self):
        return "1.1.0"

    def run_shares(self, script, text, shares, endpoint):
        (share,) = shares
        self.exchange.send(script, text)
        self.exchange.start()
        told = {"BUCKET": "load-samples", "RUN_ID": "some-run", "MACHINE_NAME": share.name}
        variables = self.account | SHARED_SETTINGS | told
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
    load_image, s3, moto, server, tmp_path
):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "some.js").write_text(SCRIPT)
    (tmp_path / "some-run").mkdir()
    machine = Container(load_image, s3, moto)

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
