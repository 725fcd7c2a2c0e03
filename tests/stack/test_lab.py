"""What some labs deny, each by a switch of its own: the stack does without."""

import pytest

from .test_rights import DELIVERS, PARAMETERS, STARTS, allowed


@pytest.mark.parametrize(
    "kind",
    [
        "aws_secretsmanager_secret",
        "aws_secretsmanager_secret_version",
        "aws_cloudwatch_query_definition",
        "aws_cloudwatch_log_index_policy",
    ],
)
def test_what_is_denied_is_not_asked_for(denied, default, kind):
    assert not denied.all(kind)
    assert default.all(kind)


def test_passwords_come_from_parameter_store_encrypted(denied):
    parameters = denied.all("aws_ssm_parameter")
    app, migration = (
        {s["name"]: s["valueFrom"] for s in denied.containers(task)[task]["secrets"]}
        for task in ("app", "migration")
    )

    assert app == {"PGPASSWORD": f"{PARAMETERS}/role"}
    assert migration == {
        "PGPASSWORD": f"{PARAMETERS}/owner",
        "TODO_DATABASE_ROLE_PASSWORD": f"{PARAMETERS}/role",
    }
    assert {p["arn"]: (p["type"], p["name"]) for p in parameters.values()} == {
        f"{PARAMETERS}/{name}": ("SecureString", f"/todos/database/{name}")
        for name in ("owner", "role")
    }


def test_the_database_has_the_owners_password_and_the_role_another(denied):
    database = denied["aws_db_instance.main"]
    values = {p["arn"]: p["value"] for p in denied.all("aws_ssm_parameter").values()}

    assert not database["manage_master_user_password"]
    assert database["password"] == values[f"{PARAMETERS}/owner"]
    assert len({*values.values()}) == 2
    assert min(map(len, values.values())) >= 32


def test_ecs_may_read_the_parameters(denied):
    task = denied["aws_ecs_task_definition.app"]
    passwords = {("ssm:GetParameters", f"{PARAMETERS}/{name}") for name in ("owner", "role")}

    secrets = {call for call in STARTS if call[0].startswith("secretsmanager:")}
    assert allowed(denied, task["execution_role_arn"]) == STARTS - secrets | passwords
    assert allowed(denied, task["task_role_arn"]) == DELIVERS
