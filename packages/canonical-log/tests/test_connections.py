"""Waiting for the pool, connecting, COMMIT and ROLLBACK are time of the request too."""

import asyncio
import threading

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DataError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from canonical_log import Settings, database_events, instrument
from canonical_log.database_events import DatabaseEvents

DRIVERS = ["psycopg2", "psycopg"]
SLOW_COMMIT = """
CREATE TABLE slow (number integer);
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(0.3); PERFORM 1 / NEW.number; RETURN NEW; END $$;
CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON slow
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait();
"""


@pytest.fixture(scope="module")
def url(new_database, execute):
    """A database with a table whose inserts make the COMMIT take 300 ms."""
    url = new_database()
    execute(url, SLOW_COMMIT)
    return url


@pytest.fixture
def make_engine():
    """Call it for an engine that is instrumented and has connected once."""
    engines = []

    def make(url, **options):
        engine = create_engine(url, **options)
        instrument(engine)
        engines.append(engine)
        engine.connect().close()
        return engine

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture
def canonical(make_app, lines):
    """Runs a function as a request, and gives its canonical line."""

    def run(function):
        app = make_app()
        app.add_url_rule("/run", view_func=lambda: function() or "ok", endpoint="run")
        app.test_client().get("/run").get_data()
        return lines("request_finished")[-1]

    return run


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_slow_commit_is_booked_as_one(make_engine, url, canonical, lines, driver):
    engine = make_engine(url.replace("psycopg2", driver))

    def insert():
        with Session(engine) as session:
            session.execute(text("INSERT INTO slow VALUES (1)"))
            session.commit()

    line = canonical(insert)
    assert line["db_commit_ms"] >= 300
    assert line["db_time_ms"] < line["db_commit_ms"]
    [commit] = [line for line in lines("connection") if line["db_operation"] == "COMMIT"]
    assert commit["db_duration_ms"] >= 300
    assert commit["level"] == "WARNING"
    assert commit["correlation_id"] == line["correlation_id"]


def test_a_commit_that_fails_is_booked_too(make_engine, url, canonical):
    engine = make_engine(url)

    def fail():
        with engine.connect() as connection:
            connection.execute(text("INSERT INTO slow VALUES (0)"))
            with pytest.raises(DataError):
                connection.commit()

    assert canonical(fail)["db_commit_ms"] >= 300


def test_a_rollback_is_the_end_of_a_transaction(make_engine, url, canonical, lines, monkeypatch):
    monkeypatch.setattr(database_events, "LOGGED_WAIT_S", 0)
    engine = make_engine(url)

    def look():
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    canonical(look)
    waits = [line["db_operation"] for line in lines("connection") if "correlation_id" in line]
    assert waits == ["POOL_WAIT", "ROLLBACK"]


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_request_that_opens_a_connection_has_the_time_of_it(
    make_engine, url, canonical, driver
):
    engine = make_engine(url.replace("psycopg2", driver), poolclass=NullPool)
    line = canonical(lambda: engine.connect().close())
    assert line["db_connect_ms"] > 0
    assert "db_pool_wait_ms" not in line


def test_a_connection_that_cannot_be_opened_took_time_to_connect(canonical):
    engine = create_engine("postgresql+psycopg2://127.0.0.1:1/nothing")
    instrument(engine)

    def fail():
        with pytest.raises(OperationalError):
            engine.connect()

    line = canonical(fail)
    assert line["db_connect_ms"] > 0
    assert line["db_query_count"] == 0


def test_waiting_for_a_connection_is_booked_as_that(make_engine, url, canonical, lines):
    engine = make_engine(url, pool_size=1, max_overflow=0)
    held = engine.connect()

    def wait():
        threading.Timer(0.3, held.close).start()
        engine.connect().close()

    line = canonical(wait)
    assert line["db_pool_wait_ms"] >= 250
    assert "db_connect_ms" not in line
    waits = [line["db_operation"] for line in lines("connection") if "correlation_id" in line]
    assert waits == ["POOL_WAIT"]


def test_waiting_in_vain_is_booked_too(make_engine, url, canonical):
    engine = make_engine(url, pool_size=1, max_overflow=0, pool_timeout=0.3)

    def wait():
        with engine.connect(), pytest.raises(PoolTimeoutError):
            engine.connect()

    assert canonical(wait)["db_pool_wait_ms"] >= 300


def test_a_connection_that_was_lost_and_opened_again_took_time_to_connect(
    make_engine, url, canonical, execute
):
    engine = make_engine(url, pool_pre_ping=True)
    execute(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    assert canonical(lambda: engine.connect().close())["db_connect_ms"] > 0


def test_short_waits_have_no_event_of_their_own(lines):
    events = DatabaseEvents(Settings())
    events.waited("COMMIT", 0.0009)
    events.waited("COMMIT", 0.0011)
    assert [line["db_duration_ms"] for line in lines("connection")] == [1.1]


def test_a_pool_that_was_disposed_of_is_timed_afterwards(make_engine, url, canonical):
    engine = make_engine(url)
    engine.dispose()
    assert canonical(lambda: engine.connect().close())["db_connect_ms"] > 0


def test_an_async_engine_is_timed_like_any_other(url, canonical, lines):
    engine = create_async_engine(url.replace("psycopg2", "psycopg"))
    instrument(engine)

    async def insert():
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO slow VALUES (1)"))
        await engine.dispose()

    line = canonical(lambda: asyncio.run(insert()))
    assert (line["db_query_count"], line["db_commit_ms"] >= 300) == (1, True)
    assert line["db_connect_ms"] > 0
    assert [line["db_table"] for line in lines("query")] == ["slow"]


def test_what_was_in_the_pool_is_in_it_afterwards():
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (number integer)"))
    instrument(engine)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM kept")).scalar_one() == 0


def test_a_connection_that_is_out_meanwhile_comes_back_to_the_pool(url):
    engine = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    connection = engine.connect()
    instrument(engine)
    with pytest.raises(PoolTimeoutError):
        engine.connect()
    connection.close()
    engine.connect().close()
    assert engine.pool.status().startswith("Pool size: 1  Connections in pool: 1")


def test_the_cache_of_compiled_statements_stays_on():
    engine = create_engine("sqlite://")
    instrument(engine)
    with engine.connect() as connection:
        for _ in range(2):
            result = connection.execute(text("SELECT 1"))
    assert result.context.cache_hit.name == "CACHE_HIT"


def test_pool_and_dialect_are_of_the_kind_that_they_were():
    engine = create_engine("sqlite://")
    kinds = type(engine.pool), type(engine.dialect)
    instrument(engine)
    assert (isinstance(engine.pool, kinds[0]), isinstance(engine.dialect, kinds[1])) == (True, True)
    assert repr(engine) == "Engine(sqlite://)"


def test_listeners_from_before_and_from_after_are_called():
    seen = []
    engine = create_engine("sqlite://", poolclass=NullPool)
    event.listen(engine, "checkout", lambda *_: seen.append("before"))
    event.listen(engine, "commit", lambda *_: seen.append("commit"))
    instrument(engine)
    event.listen(engine, "checkout", lambda *_: seen.append("after"))
    with engine.begin() as connection:
        connection.execute(text("SELECT 1"))
    assert seen == ["before", "after", "commit"]


def test_an_error_of_the_driver_is_the_same(make_engine, url):
    with make_engine(url).connect() as connection, pytest.raises(ProgrammingError):
        connection.execute(text("SELEC 1"))
