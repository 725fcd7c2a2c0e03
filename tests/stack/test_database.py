"""The database: private, encrypted, backed up, and without people's data in its logs."""

import pytest
from sqlalchemy import make_url

# What the parameters come to: nothing that PostgreSQL logs has a statement's text or a row.
# https://www.postgresql.org/docs/current/runtime-config-logging.html
SILENT = {
    "log_statement": {"none"},
    "log_min_duration_statement": {"-1"},
    "log_min_error_statement": {"panic", "fatal"},
    "log_error_verbosity": {"terse"},
    "log_parameter_max_length": {"0"},
}


def parameters(stack):
    listed = stack["aws_db_parameter_group.main"]["parameter"]
    return {parameter["name"]: parameter["value"] for parameter in listed}


@pytest.mark.parametrize("shape", ["default", "narrow", "learner_lab"])
def test_it_is_private_encrypted_and_takes_tls_alone(stacks, shape):
    database = stacks[shape]["aws_db_instance.main"]

    assert database["publicly_accessible"] is False
    assert database["storage_encrypted"] is True
    assert parameters(stacks[shape])["rds.force_ssl"] == "1"


def test_no_log_of_postgresql_and_no_insight_has_a_statement(default):
    found = parameters(default)

    assert {name for name, quiet in SILENT.items() if found[name] not in quiet} == set()
    assert default["aws_db_instance.main"]["performance_insights_enabled"] is False


@pytest.mark.parametrize(("shape", "version"), [("default", "18"), ("narrow", "17")])
def test_the_parameters_are_of_the_versions_family(stacks, shape, version):
    database, group = (
        stacks[shape][f"aws_db_{kind}.main"] for kind in ("instance", "parameter_group")
    )

    assert database["engine"] == "postgres"
    assert database["engine_version"] == version
    assert group["family"] == f"postgres{version}"
    assert database["parameter_group_name"] == group["name"]
    assert group["name_prefix"], "a new family is made before the old one goes"
    assert database["allow_major_version_upgrade"] is True
    assert database["apply_immediately"] is True


def test_statements_and_idle_transactions_end(default):
    found = parameters(default)

    assert 0 < int(found["statement_timeout"]) <= 60_000
    assert 0 < int(found["idle_in_transaction_session_timeout"]) <= 300_000


def test_the_apps_uri_leads_to_the_database_by_tls(default):
    uri = make_url(default["aws_secretsmanager_secret_version.database_uri"]["secret_string"])
    database = default["aws_db_instance.main"]

    assert f"{uri.host}:{uri.port}" == database["endpoint"]
    assert (uri.username, uri.password) == (database["username"], database["password"])
    assert uri.database == database["db_name"]
    assert uri.query["sslmode"] in ("require", "verify-ca", "verify-full")


def test_the_password_is_long(default):
    assert default["data.aws_secretsmanager_random_password.database"]["password_length"] >= 32


def test_it_is_in_its_subnets(default):
    group = default["aws_db_subnet_group.main"]

    assert default["aws_db_instance.main"]["db_subnet_group_name"] == group["name"]
    assert len(group["subnet_ids"]) >= 2


def test_its_storage_grows_and_is_backed_up(default):
    database = default["aws_db_instance.main"]

    assert database["max_allocated_storage"] > database["allocated_storage"]
    assert database["backup_retention_period"] >= 7
    assert database["storage_type"] == "gp3"
    assert database["copy_tags_to_snapshot"] is True
    assert database["auto_minor_version_upgrade"] is True


def test_protected_it_is_not_destroyed_by_mistake_and_leaves_a_snapshot(narrow):
    database = narrow["aws_db_instance.main"]

    assert database["deletion_protection"] is True
    assert narrow["aws_lb.main"]["enable_deletion_protection"] is True
    assert database["skip_final_snapshot"] is False
    assert database["final_snapshot_identifier"].startswith("todos-")
    assert database["multi_az"] is True
    assert narrow.outputs["is_protected"] is True


@pytest.mark.parametrize("shape", ["default", "learner_lab"])
def test_else_everything_goes_away_and_can_come_again(stacks, shape):
    stack = stacks[shape]
    database = stack["aws_db_instance.main"]

    assert not database["deletion_protection"]
    assert not stack["aws_lb.main"]["enable_deletion_protection"]
    assert database["skip_final_snapshot"] is True
    assert stack["aws_secretsmanager_secret.database_uri"]["recovery_window_in_days"] == 0
    assert stack.outputs["is_protected"] is False


def test_a_labs_database_keeps_to_what_a_lab_allows(stacks):
    database = stacks["learner_lab"]["aws_db_instance.main"]

    assert database["storage_type"] == "gp2"
    assert database["max_allocated_storage"] <= 100
    assert not database["monitoring_interval"]
    assert not database["multi_az"]
