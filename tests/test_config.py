"""The settings: what is refused, and how it is said."""

import pytest
from click.testing import CliRunner

from todo.commands.report import command as report
from todo.config import ConfigError, Settings, load_settings


def test_an_unknown_setting_is_refused_with_the_name_that_was_meant(monkeypatch):
    monkeypatch.setenv("TODO_WROKERS", "2")
    with pytest.raises(
        ConfigError, match=r"TODO_WROKERS is no setting .* did you mean TODO_WORKERS\?"
    ):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("TODO_PORT", "http", "valid integer"),
        ("TODO_PORT", "70000", "less than or equal to 65535"),
        ("TODO_WORKERS", "0", "greater than or equal to 1"),
        ("TODO_LOG_LEVEL", "LOUD", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("TODO_DATABASE_ROLE", "Todo-App", "match pattern"),
    ],
)
def test_a_bad_value_is_refused_by_name_with_what_is_allowed(monkeypatch, name, value, allowed):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=f"{name} is '{value}': .*{allowed}"):
        load_settings()


def test_every_problem_is_named_at_once(monkeypatch):
    monkeypatch.setenv("TODO_PORT", "x")
    monkeypatch.setenv("TODO_THREADS", "x")
    monkeypatch.setenv("TODO_NONSENSE", "x")
    with pytest.raises(ConfigError) as refusal:
        load_settings()
    assert [line.split()[0] for line in str(refusal.value).splitlines()] == [
        "TODO_NONSENSE",
        "TODO_PORT",
        "TODO_THREADS",
    ]


def test_an_override_goes_over_the_environment(monkeypatch):
    monkeypatch.setenv("TODO_PORT", "7000")
    assert load_settings({"TODO_PORT": 7001}).port == 7001


def test_an_empty_variable_counts_as_unset(monkeypatch):
    """Compose and ECS pass an empty text for what nobody has set."""
    monkeypatch.setenv("TODO_LOG_STREAM", "")
    monkeypatch.setenv("SQLALCHEMY_DATABASE_URI", "")
    assert (load_settings().log_stream, load_settings().sqlalchemy_database_uri) == (None, None)


def test_a_password_is_in_no_text_of_the_settings(monkeypatch):
    monkeypatch.setenv("SQLALCHEMY_DATABASE_URI", "postgresql://user:hunter2@host/name")
    assert "hunter2" not in repr(load_settings()) + str(load_settings())


def test_every_setting_says_what_it_means():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_command_reads_the_environment_once(monkeypatch):
    """Options have settings as their defaults, and so has the command itself."""
    read = []
    monkeypatch.setattr(
        "todo.commands._settings.load_settings", lambda: read.append(1) or load_settings()
    )

    CliRunner().invoke(report, ["no-such-run"])

    assert read == [1]
