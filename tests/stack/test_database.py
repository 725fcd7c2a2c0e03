"""The database: private, encrypted, backed up, and without people's data in its logs."""

import re
from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificates
from cryptography.x509.oid import NameOID
from sqlalchemy import make_url

from .conftest import FOLDER, ROOT

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
    assert not default["aws_db_instance.main"]["monitoring_interval"]


@pytest.mark.parametrize(
    ("shape", "kind", "gib"), [("default", "db.t4g.micro", 20), ("narrow", "db.t4g.small", 30)]
)
def test_it_is_of_the_size_that_was_asked_for(stacks, shape, kind, gib):
    database = stacks[shape]["aws_db_instance.main"]

    assert database["instance_class"] == kind
    assert database["allocated_storage"] == gib
    assert database["max_allocated_storage"] == 5 * gib


def test_the_connections_of_each_class_are_those_that_its_memory_gives():
    """LEAST({DBInstanceClassMemory/9531392}, 5000), with the memory of "DB instance classes"."""
    gib = {"t3.micro": 1, "t3.small": 2, "t3.medium": 4, "t4g.micro": 1, "t4g.small": 2}
    gib |= {"t4g.medium": 4, "m7g.large": 8, "m7g.xlarge": 16, "m7g.2xlarge": 32}
    gib |= {"m7g.4xlarge": 64}
    written = dict(re.findall(r'"db\.(\S+)" += (\d+)', (FOLDER / "locals.tf").read_text()))

    assert {kind: int(connections) for kind, connections in written.items()} == {
        kind: min(size * 2**30 // 9531392, 5000) for kind, size in gib.items()
    }


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


@pytest.mark.parametrize("task", ["app", "migration"])
def test_a_task_is_led_to_the_database_and_verifies_that_it_is(default, task):
    uri = make_url(default.containers(task)[task]["variables"]["SQLALCHEMY_DATABASE_URI"])
    database = default["aws_db_instance.main"]

    assert f"{uri.host}:{uri.port}" == database["endpoint"]
    assert uri.database == database["db_name"]
    assert uri.drivername == "postgresql"
    assert uri.query["sslmode"] == "verify-full"
    assert uri.password is None


def test_the_owner_migrates_and_the_app_is_the_role_that_the_migration_lets_in(default):
    app = default.containers()["app"]["variables"]
    migration = default.containers("migration")["migration"]["variables"]
    owner = make_url(migration["SQLALCHEMY_DATABASE_URI"]).username
    role = make_url(app["SQLALCHEMY_DATABASE_URI"]).username

    assert owner == default["aws_db_instance.main"]["username"]
    assert role == migration["TODO_DATABASE_ROLE"] != owner


def test_the_image_has_the_authority_of_the_databases_certificate(default):
    """The Dockerfile puts it where the tasks look for it."""
    uri = default.containers()["app"]["variables"]["SQLALCHEMY_DATABASE_URI"]
    named = Path(make_url(uri).query["sslrootcert"])
    (copied,) = re.findall(
        r"^COPY (\S+\.pem) /layer(\S+)/$", (ROOT / "Dockerfile").read_text(), re.M
    )
    source, folder = ROOT / copied[0], Path(copied[1])
    authorities = load_pem_x509_certificates(source.read_bytes())
    kind = default["aws_db_instance.main"]["ca_cert_identifier"].split("-")[2].upper()

    assert named == folder / source.name
    assert f"Amazon RDS us-east-1 Root CA {kind} G1" in {
        authority.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        for authority in authorities
    }
    for authority in authorities:
        authority.verify_directly_issued_by(authority)
        assert authority.not_valid_after_utc.year > 2060


def test_rds_keeps_and_renews_the_owners_password_and_terraform_knows_none(default):
    database = default["aws_db_instance.main"]
    role = default["aws_secretsmanager_secret_version.role_password[0]"]

    assert database["manage_master_user_password"] is True
    assert not database["password"]
    assert not role["secret_string"]
    assert not role["secret_binary"]


def test_it_is_in_its_subnets(default):
    group = default["aws_db_subnet_group.main"]

    assert default["aws_db_instance.main"]["db_subnet_group_name"] == group["name"]
    assert len(group["subnet_ids"]) >= 2


def test_it_is_backed_up_and_kept_up_to_date(default):
    database = default["aws_db_instance.main"]

    assert database["backup_retention_period"] >= 7
    assert database["storage_type"] == "gp3"
    assert database["copy_tags_to_snapshot"] is True
    assert database["auto_minor_version_upgrade"] is True


def test_protected_it_is_not_destroyed_by_mistake_and_leaves_a_snapshot(narrow):
    database = narrow["aws_db_instance.main"]

    assert database["deletion_protection"] is True
    assert narrow["aws_lb.main"]["enable_deletion_protection"] is True
    assert database["skip_final_snapshot"] is False
    generation = narrow["terraform_data.database_generation"]["id"]
    assert database["final_snapshot_identifier"] == f"todos-{generation}", "one of its own each"
    assert narrow["aws_secretsmanager_secret.role_password[0]"]["recovery_window_in_days"] >= 7
    assert narrow.outputs["is_protected"] is True


def test_a_snapshot_may_be_asked_for_alone(denied):
    database = denied["aws_db_instance.main"]

    assert not database["deletion_protection"]
    assert database["skip_final_snapshot"] is False
    assert database["final_snapshot_identifier"].startswith("todos-")


def test_a_standby_is_there_when_asked_for(default, narrow):
    assert not default["aws_db_instance.main"]["multi_az"]
    assert narrow["aws_db_instance.main"]["multi_az"] is True


@pytest.mark.parametrize("shape", ["default", "learner_lab"])
def test_else_everything_goes_away_and_can_come_again(stacks, shape):
    stack = stacks[shape]
    database = stack["aws_db_instance.main"]

    assert not database["deletion_protection"]
    assert not stack["aws_lb.main"]["enable_deletion_protection"]
    assert database["skip_final_snapshot"] is True
    assert stack["aws_secretsmanager_secret.role_password[0]"]["recovery_window_in_days"] == 0
    assert stack.outputs["is_protected"] is False
    assert database["delete_automated_backups"] is not False
    for group in stack.all("aws_cloudwatch_log_group").values():
        assert not group["skip_destroy"]


def test_a_labs_database_keeps_to_what_a_lab_allows(learner_lab):
    database = learner_lab["aws_db_instance.main"]

    assert database["storage_type"] == "gp2"
    assert database["max_allocated_storage"] <= 100
    assert database["backup_retention_period"] == 1
    assert not database["monitoring_interval"]
    assert not database["multi_az"]
