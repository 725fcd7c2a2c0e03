"""The state in S3: where it is, and that two do not write it at once."""

import os
import re
import shutil
import subprocess

import boto3
import pytest

from .account import ROOT

BUCKET = "states"
KEY = "taskoverflow/terraform.tfstate"


@pytest.fixture
def bucket(moto, monkeypatch):
    """An empty bucket of moto's, which Terraform and boto3 find by the environment."""
    monkeypatch.setenv("AWS_S3_USE_PATH_STYLE", "true")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    yield s3
    s3.close()


@pytest.fixture
def terraform(bucket, tmp_path):
    """Call it for a command of Terraform in a folder with our backend and the stack's name, and
    nothing of AWS's.
    """
    shutil.copy(ROOT / "terraform" / "s3_backend.tf.example", tmp_path / "backend_override.tf")
    variables = (ROOT / "terraform" / "variables.tf").read_text()
    name = re.findall(r'^variable "name" {.*?^}\n', variables, re.DOTALL | re.MULTILINE)[0]
    (tmp_path / "main.tf").write_text(name + 'resource "terraform_data" "one" {}\n')

    def run(*arguments):
        environment = {name: value for name, value in os.environ.items() if name[:3] != "TF_"}
        return subprocess.run(
            ["terraform", *arguments, "-no-color"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )

    told = {"bucket": BUCKET, "region": "us-east-1", "use_path_style": "true"}
    options = [f"-backend-config={name}={value}" for name, value in told.items()]
    done = run("init", "-input=false", *options)
    assert done.returncode == 0, done.stderr
    return run


def keys(bucket):
    return {each["Key"] for each in bucket.list_objects_v2(Bucket=BUCKET).get("Contents", [])}


def test_each_workspace_has_a_state_of_its_own_and_the_lock_goes_again(bucket, terraform):
    terraform("apply", "-auto-approve", "-input=false")
    terraform("workspace", "new", "staging")
    done = terraform("apply", "-auto-approve", "-input=false", "-var=name=todo-staging")

    assert done.returncode == 0, done.stderr
    assert keys(bucket) == {KEY, f"env:/staging/{KEY}"}


def test_a_second_workspace_does_not_take_the_first_ones_name(bucket, terraform):
    terraform("apply", "-auto-approve", "-input=false")
    terraform("workspace", "new", "staging")
    done = terraform("apply", "-auto-approve", "-input=false")

    assert done.returncode == 1
    assert "Two stacks cannot have one name" in done.stderr


def test_a_state_that_another_has_locked_is_not_written(bucket, terraform):
    lock = b'{"ID": "1", "Operation": "OperationTypeApply", "Who": "somebody"}'
    bucket.put_object(Bucket=BUCKET, Key=f"{KEY}.tflock", Body=lock)

    done = terraform("apply", "-auto-approve", "-input=false")

    assert done.returncode == 1
    assert "Error acquiring the state lock" in done.stderr
    assert "somebody" in done.stderr
    assert keys(bucket) == {f"{KEY}.tflock"}
