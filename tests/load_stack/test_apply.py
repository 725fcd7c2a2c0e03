"""terraform/load applied to moto: what `todo load` finds there carries a load test, and a destroy
leaves nothing.
"""

import boto3

from todo.loadtest.fargate import FargateTasks

from ..loadtest.fargate.tasks import Fargate

SCRIPT = """
import http from "k6/http";
export const options = { vus: 2, iterations: 10 };
export default () => http.get(`${__ENV.ENDPOINT}/api/v1/todos`);
"""
# moto's buckets have no host names of their own.
OVERRIDE = 'provider "aws" {\n  s3_use_path_style = true\n}\n'


def test_what_is_applied_carries_a_load_test_and_goes_again(
    moto, server, checkout, terraform, monkeypatch, tmp_path
):
    (checkout / "terraform" / "load" / "moto_override.tf").write_text(OVERRIDE)
    shape = ["-auto-approve", "-input=false", "-var", "image=example.com/load:1"]
    shape += ["-var", 'tags={Team="load"}']
    applied = terraform("apply", *shape)
    assert applied.returncode == 0, applied.stderr
    again = terraform("plan", "-detailed-exitcode", *shape[1:])
    logs, s3 = boto3.client("logs"), boto3.client("s3")
    (bucket,) = s3.list_buckets()["Buckets"]
    tags = s3.get_bucket_tagging(Bucket=bucket["Name"])["TagSet"]
    s3.delete_bucket_policy(Bucket=bucket["Name"])  # moto denies whatever the condition says
    double = Fargate(tmp_path / "tasks", logs, "/taskoverflow-load").installed(monkeypatch)
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "some.js").write_text(SCRIPT)
    (tmp_path / "some-run").mkdir()

    ended = FargateTasks("taskoverflow-load", 2, print).run(
        tmp_path / "scripts" / "some.js",
        tmp_path / "some-run",
        {"ENDPOINT": server.url.replace("127.0.0.1", "0.0.0.0"), "RUN_ID": "some-run"},
    )
    double.end()
    destroyed = terraform("destroy", *shape)

    assert again.returncode == 0, again.stdout
    assert ended.exit_code == 0, ended
    assert (tmp_path / "some-run" / "samples.csv").read_text().count("\nhttp_reqs,") == 10
    assert {each["Key"]: each["Value"] for each in tags} == {
        "Application": "taskoverflow-load",
        "ManagedBy": "terraform",
        "Team": "load",
    }
    assert destroyed.returncode == 0, destroyed.stderr
    assert s3.list_buckets()["Buckets"] == []
    assert logs.describe_log_groups()["logGroups"] == []
    logs.close()
    s3.close()
