"""A statement that goes past SQLAlchemy, through a cursor of the driver, is told like any."""

import psycopg
import psycopg2
import psycopg2.extras
import pytest
from psycopg2 import sql
from sqlalchemy import create_engine, event, text

from canonical_log import instrument

DRIVERS = ["psycopg2", "psycopg", "sqlite"]


@pytest.fixture(scope="module")
def url(new_database, execute):
    url = new_database()
    execute(url, "CREATE TABLE numbers (number integer)")
    return url


@pytest.fixture
def connect(url, request):
    """Call it for the driver's own connection of an engine that is instrumented."""
    engines = []

    def make(driver="psycopg2", **options):
        engine = create_engine(
            "sqlite://" if driver == "sqlite" else url.replace("psycopg2", driver), **options
        )
        instrument(engine)
        engines.append(engine)
        connection = engine.raw_connection()
        request.addfinalizer(connection.close)
        return connection

    yield make
    for engine in engines:
        engine.dispose()


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_raw_statement_is_one_event(connect, lines, driver):
    connect(driver).cursor().execute("SELECT 'hunter2'")
    [line] = lines("query")
    assert (line["db_statement"], line["db_operation"]) == ("SELECT ?", "SELECT")


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_statement_of_sqlalchemy_is_still_one_event(url, lines, driver):
    engine = create_engine(
        "sqlite://" if driver == "sqlite" else url.replace("psycopg2", driver), pool_pre_ping=True
    )
    instrument(engine)
    for _ in range(2):
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    assert len(lines("query")) == 2
    engine.dispose()


@pytest.mark.parametrize(("driver", "mark"), [("psycopg2", "%s"), ("psycopg", "%s")])
def test_a_batch_is_told_so(connect, lines, driver, mark):
    cursor = connect(driver).cursor()
    cursor.executemany(f"INSERT INTO numbers VALUES ({mark})", [(1,), (2,)])
    [line] = lines("query")
    assert (line["db_executemany"], line["db_table"]) == (True, "numbers")


@pytest.mark.parametrize(
    ("driver", "error"), [("psycopg2", psycopg2.Error), ("psycopg", psycopg.Error)]
)
def test_a_raw_statement_that_fails_has_its_sqlstate(connect, lines, driver, error):
    cursor = connect(driver).cursor()
    with pytest.raises(error):
        cursor.execute("SELECT 1 / 0")
    [line] = lines("query")
    assert (line["level"], line["db_sqlstate"]) == ("WARNING", "22012")


def test_statements_that_are_built_are_told_as_text(connect, lines):
    cursor = connect().cursor()
    cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier("numbers")))
    cursor.execute(b"SELECT 1")
    assert [line["db_statement"] for line in lines("query")] == [
        'SELECT * FROM "numbers"',
        "SELECT ?",
    ]


def test_helpers_of_the_driver_work_and_are_told(connect, lines):
    cursor = connect().cursor(cursor_factory=None)
    psycopg2.extras.execute_values(cursor, "INSERT INTO numbers VALUES %s", [(1,), (2,)])
    assert len(lines("query")) == 1


def test_rows_are_what_they_were(connect):
    for driver in DRIVERS:
        cursor = connect(driver).cursor()
        cursor.execute("SELECT 1, 'a'")
        assert cursor.fetchall() == [(1, "a")]
        assert cursor.description[0][0] is not None


def test_a_class_of_the_apps_own_is_kept(connect, lines):
    class Own(psycopg2.extensions.cursor):
        pass

    cursor = connect(connect_args={"cursor_factory": Own}).cursor()
    cursor.execute("SELECT 1")
    assert isinstance(cursor, Own)
    assert len(lines("query")) == 1


def test_what_a_pool_runs_to_give_a_connection_is_no_statement_of_the_request(url, lines):
    engine = create_engine(url)
    instrument(engine)

    @event.listens_for(engine, "checkout")
    def prepare(connection, *_):
        connection.cursor().execute("SET application_name = 'prepared'")

    engine.raw_connection().close()
    assert lines("query") == []
    engine.dispose()


def test_sqlites_short_cuts_past_a_cursor_are_told_too(connect, lines):
    connection = connect("sqlite").driver_connection
    connection.execute("CREATE TABLE numbers (number)")
    connection.executemany("INSERT INTO numbers VALUES (?)", [(1,), (2,)])
    assert connection.execute("SELECT sum(number) FROM numbers").fetchone() == (3,)
    assert [line["db_operation"] for line in lines("query")] == ["CREATE", "INSERT", "SELECT"]
