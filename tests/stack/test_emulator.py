"""What the emulator of AWS lacks, and so does without."""

import pytest
from sqlalchemy import make_url

KINDS = [
    "aws_cloudwatch_metric_alarm",
    "aws_cloudwatch_log_index_policy",
    "aws_cloudwatch_query_definition",
    "aws_appautoscaling_target",
    "aws_appautoscaling_policy",
]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_not_asked_for_what_it_lacks(emulated, default, kind):
    assert not emulated.all(kind)
    assert default.all(kind)


def test_its_database_has_no_tls_and_exports_no_log(emulated):
    uri = make_url(emulated.containers()["app"]["variables"]["SQLALCHEMY_DATABASE_URI"])

    assert uri.query == {"sslmode": "prefer"}
    assert not emulated["aws_db_instance.main"]["enabled_cloudwatch_logs_exports"]


def test_app_and_shipper_share_a_folder_of_the_host(emulated, default):
    for stack, paths in ((emulated, {"todos-spool", None}), (default, {None})):
        volumes = stack["aws_ecs_task_definition.app"]["volume"]
        assert {volume["host_path"] or None for volume in volumes} == paths
