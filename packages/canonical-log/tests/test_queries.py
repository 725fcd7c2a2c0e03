"""Each statement is one event and part of its request's roll-up, on any engine; values stay out."""

import inspect
import logging

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, select, text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from canonical_log import Settings, instrument
from canonical_log.statements import describe

SECRET = "hunter2"

metadata = MetaData()
users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(20), unique=True),
)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))


@pytest.fixture(scope="module")
def uri(new_database):
    return new_database()


@pytest.fixture(params=["postgresql", "sqlite"])
def url(request):
    return request.getfixturevalue("uri") if request.param == "postgresql" else "sqlite://"


@pytest.fixture
def engine_for():
    """Call it for an instrumented engine with an empty table of users."""
    engines = []

    def create(url, **settings):
        engine = create_engine(url)
        metadata.drop_all(engine)
        metadata.create_all(engine)
        instrument(engine, Settings(**settings))
        engines.append(engine)
        return engine

    yield create
    for engine in engines:
        engine.dispose()


@pytest.fixture
def run(make_app):
    """Runs a function as a request, and returns its answer."""

    def run_in_request(function, **headers):
        app = make_app()

        @app.get("/run/<int:number>")
        def view(number):
            function()
            return "ok"

        return app.test_client().get("/run/1", headers=headers)

    return run_in_request


def test_a_core_statement_is_one_event(engine_for, url, lines):
    with engine_for(url).begin() as connection:
        connection.execute(insert(users), {"name": SECRET})
    [line] = lines("query")
    assert line["db_statement"].startswith("INSERT INTO users (name) VALUES (")
    assert (line["db_operation"], line["db_table"], line["level"]) == ("INSERT", "users", "INFO")
    assert line["db_fingerprint"] == describe(line["db_statement"]).fingerprint
    assert SECRET not in str(line)


def test_an_orm_statement_is_one_event(engine_for, url, lines):
    with Session(engine_for(url)) as session:
        session.scalars(select(User).where(User.name == SECRET)).all()
    [line] = lines("query")
    assert (line["db_operation"], line["db_table"]) == ("SELECT", "users")
    assert SECRET not in str(line)


def test_rows_are_counted_where_the_driver_can_tell(engine_for, uri, lines):
    with engine_for(uri).connect() as connection:
        connection.execute(text("SELECT * FROM generate_series(1, 7)"))
    assert lines("query")[0]["db_rowcount"] == 7


def test_a_batch_is_told_so(engine_for, url, lines):
    with engine_for(url).begin() as connection:
        connection.execute(
            text("INSERT INTO users (name) VALUES (:name)"), [{"name": "a"}, {"name": "b"}]
        )
    [line] = lines("query")
    assert line["db_executemany"] is True


def test_two_engines_count_in_one_request(engine_for, uri, run, lines):
    engines = engine_for(uri), engine_for("sqlite://")

    def ask_both():
        for engine in engines:
            with engine.connect() as connection:
                connection.execute(select(users))

    answer = run(ask_both)
    assert {line["correlation_id"] for line in lines("query")} == {
        answer.headers["X-Correlation-ID"]
    }
    assert lines("request_finished")[0]["db_query_count"] == 2


def test_instrumenting_twice_writes_one_event(engine_for, lines):
    engine = engine_for("sqlite://")
    instrument(engine)
    other_view = engine.execution_options(logging_token="x")
    instrument(other_view)
    with other_view.connect() as connection:
        connection.execute(select(users))
    assert len(lines("query")) == 1


def test_a_failed_statement_has_its_sqlstate_and_counts(engine_for, uri, run, lines):
    engine = engine_for(uri)

    def fail():
        with pytest.raises(DataError), engine.connect() as connection:
            connection.execute(text("SELECT 1 / 0"))

    run(fail)
    [line] = lines("query")
    assert (line["level"], line["db_sqlstate"], line["exception_type"]) == (
        "WARNING",
        "22012",
        "DivisionByZero",
    )
    assert lines("request_finished")[0]["db_query_count"] == 1


def test_a_failed_statement_of_sqlite_has_its_type(engine_for, lines):
    with engine_for("sqlite://").connect() as connection, pytest.raises(OperationalError):
        connection.execute(text("SELECT * FROM nothing"))
    [line] = lines("query")
    assert (line["level"], line["exception_type"]) == ("WARNING", "OperationalError")


def test_values_are_not_in_the_errors_of_an_instrumented_engine(engine_for, url):
    with engine_for(url).connect() as connection:
        connection.execute(insert(users), {"name": SECRET})
        with pytest.raises(IntegrityError) as failure:
            connection.execute(insert(users), {"name": SECRET})
    assert SECRET not in str(failure.value).partition("[SQL:")[2]


def test_a_connection_that_fails_is_no_query(lines):
    engine = create_engine("postgresql+psycopg2://127.0.0.1:1/nothing")
    instrument(engine)
    with pytest.raises(OperationalError):
        engine.connect()
    assert lines("query") == []


def test_a_slow_statement_is_a_warning_even_without_query_events(engine_for, uri, lines):
    engine = engine_for(uri, slow_query_ms=500, events=frozenset())
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        connection.execute(text("SELECT pg_sleep(0.6)"))
    assert [(line["level"], line["db_statement"]) for line in lines("query")] == [
        ("WARNING", "SELECT pg_sleep(?)")
    ]


def test_nothing_is_described_below_the_level(engine_for, lines):
    logging.getLogger().setLevel(logging.ERROR)
    with engine_for("sqlite://").connect() as connection:
        connection.execute(select(users))
    assert lines() == []


def test_an_n_plus_one_page_is_flagged(engine_for, uri, run, lines):
    engine = engine_for(uri)

    def page():
        with engine.connect() as connection:
            for number in range(6):
                connection.execute(text("SELECT pg_sleep(0.01), :number"), {"number": number})

    run(page)
    [line] = lines("request_finished")
    assert (line["db_query_count"], line["db_dup_count"], line["db_n_plus_one"]) == (6, 5, True)


def test_a_lazy_load_in_a_loop_is_flagged_with_the_line_that_loops(engine_for, url, run, lines):
    engine = engine_for(url)
    with Session(engine) as session:
        session.add_all([User(name=f"user {number}") for number in range(8)])
        session.commit()

    def page():
        with Session(engine) as session:
            for user in session.scalars(select(User)):
                session.expire(user)
                _ = user.name  # this line

    run(page)
    [line] = lines("request_finished")
    here = f"{__file__}:{this_line(page)} page"
    assert (line["db_n_plus_one"], line["db_n_plus_one_count"]) == (True, 8)
    assert line["db_n_plus_one_origin"] == here
    alike = [query for query in lines("query") if "correlation_id" in query]
    alike = [query for query in alike if "WHERE" in query["db_statement"]]
    assert alike[0]["db_fingerprint"] == line["db_n_plus_one_fingerprint"]
    assert [query.get("db_origin") for query in alike] == [None] + [here] * 7


def this_line(function):
    code, first = inspect.getsourcelines(function)
    return first + next(number for number, line in enumerate(code) if "# this line" in line)


def test_a_slow_statement_says_where_it_came_from(engine_for, lines):
    engine = engine_for("sqlite://", slow_query_ms=0)

    def ask():
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))  # this line

    ask()
    assert lines("query")[0]["db_origin"] == f"{__file__}:{this_line(ask)} ask"


def test_a_statement_that_is_neither_slow_nor_repeated_does_not(engine_for, run, lines):
    engine = engine_for("sqlite://")

    def ask():
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    run(ask)
    assert "db_origin" not in lines("query")[0]


def test_a_comment_leads_from_pg_stat_activity_to_the_request(engine_for, uri, run):
    engine = engine_for(uri, sql_comments=True)
    seen = []

    def look():
        with engine.connect() as connection:
            sql = "SELECT query, :percent FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            seen.append(connection.execute(text(sql), {"percent": "100%"}).scalar_one())

    run(look, **{"X-Correlation-ID": "follow--me"})
    assert seen[0].endswith(" /* correlation_id:follow--me route:/run/<int:number> */")


@pytest.mark.parametrize(("headers", "found"), [({"X-Run-ID": "a-run"}, True), ({}, False)])
def test_a_comment_may_be_left_to_load_tests(engine_for, uri, run, headers, found):
    engine = engine_for(uri, sql_comments_of_runs=True)
    seen = []

    def look():
        with engine.connect() as connection:
            sql = "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            seen.append(connection.execute(text(sql)).scalar_one())

    run(look, **headers)
    assert ("correlation_id:" in seen[0]) is found


def test_of_a_long_statement_the_comment_comes_first(engine_for, uri, run):
    """PostgreSQL's views cut a statement after 1,024 bytes."""
    engine = engine_for(uri, sql_comments=True)
    seen = []

    def look():
        with engine.connect() as connection:
            sql = "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            seen.append(connection.execute(text(f"{sql} AND '{'x' * 2000}' <> ''")).scalar_one())

    run(look, **{"X-Correlation-ID": "follow-me"})
    assert seen[0].startswith("/* correlation_id:follow-me route:/run/<int:number> */ SELECT")


def test_comments_do_not_make_each_statement_one_of_its_own(engine_for, url, run, lines):
    engine = engine_for(url, sql_comments=True)

    def ask():
        with engine.connect() as connection:
            connection.execute(select(users))

    run(ask)
    run(ask)
    first, second = lines("query")
    assert first["db_fingerprint"] == second["db_fingerprint"]
    assert "correlation_id" not in first["db_statement"]


def test_outside_of_a_request_there_is_neither_comment_nor_id(engine_for, uri, lines):
    with engine_for(uri, sql_comments=True).connect() as connection:
        sql = "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        assert connection.execute(text(sql)).scalar_one() == sql
    assert "correlation_id" not in lines("query")[0]


def test_values_are_opt_in_and_redacted_by_name(engine_for, lines):
    engine = engine_for("sqlite://", query_parameters=True)
    with engine.begin() as connection:
        connection.execute(text("SELECT :name"), {"name": "anna"})
    assert "anna" in lines("query")[0]["db_parameters"]


def test_secret_parameters_of_a_batch_are_redacted_too(engine_for, uri, lines):
    engine = engine_for(uri, query_parameters=True)
    with engine.begin() as connection:
        sql = text("INSERT INTO users (name) VALUES (:password || :more)")
        connection.execute(
            sql, [{"password": SECRET, "more": "a"}, {"password": SECRET, "more": "b"}]
        )
    assert SECRET not in lines("query")[0]["db_parameters"]
