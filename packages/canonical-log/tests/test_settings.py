"""The settings: a mistake is refused at the start, with what was meant."""

import pytest
from flask import Flask

import canonical_log
from canonical_log import Settings


def init_app(**config):
    app = Flask("example")
    app.config.from_mapping(config)
    return canonical_log.init_app(app)


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("CANONICAL_LOG_SLOW_QUERRY_MS", "CANONICAL_LOG_SLOW_QUERY_MS"),
        ("CANONICAL_LOG_EVENT", "CANONICAL_LOG_EVENTS"),
        ("CANONICAL_LOG_HEADER", "CANONICAL_LOG_HEADERS"),
    ],
)
def test_a_misspelt_key_is_refused_with_the_nearest(key, meant):
    with pytest.raises(ValueError, match=f"{key} is no setting: did you mean {meant}"):
        init_app(**{key: 1})


def test_a_key_that_is_near_to_none_is_refused_with_all_that_there_are():
    with pytest.raises(ValueError, match=r"there are CANONICAL_LOG_CLIENT_IP, .*SQL_COMMENTS"):
        init_app(CANONICAL_LOG_X=1)


@pytest.mark.parametrize(
    "make", [lambda **k: Settings(**k), lambda events: init_app(CANONICAL_LOG_EVENTS=events)]
)
def test_a_misspelt_event_is_refused_with_the_nearest(make):
    with pytest.raises(ValueError, match=r"request_finish is no event.*mean request_finished"):
        make(events=("request_finish",))


def test_names_may_come_as_one_text():
    settings = init_app(
        CANONICAL_LOG_EVENTS="query, request_finished",
        CANONICAL_LOG_EXCLUDED_PATHS="/health",
        CANONICAL_LOG_HEADERS="User-Agent",
    )
    assert settings.events == {"query", "request_finished"}
    assert (settings.excluded_paths, settings.headers) == ({"/health"}, ("User-Agent",))


def test_the_defaults_are_in_the_configuration_afterwards():
    app = Flask("example")
    canonical_log.init_app(app)
    assert app.config["CANONICAL_LOG_SLOW_QUERY_MS"] == 200


@pytest.mark.parametrize("name", ["http_status", "event", "http_header_host"])
def test_a_constant_that_the_schema_has_a_meaning_for_is_refused(name):
    with pytest.raises(ValueError, match=name):
        init_app(CANONICAL_LOG_CONSTANTS={name: 200})


def test_a_secret_that_can_be_guessed_is_refused():
    with pytest.raises(ValueError, match="DEBUG_SECRET needs at least 16 characters"):
        Settings(debug_secret="guess")


def test_a_share_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="SAMPLE_RATE is a share from 0 to 1, not 'half'"):
        Settings(sample_rate="half")
