"""What is told of a statement: its shape, and never a value that was written into it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

import canonical_log
from canonical_log.statements import describe

SECRET = "hunter2"


@pytest.mark.parametrize(
    "literal",
    [
        "'hunter2'",
        "'it''s hunter2'",
        "E'it\\'s hunter2'",
        "e'a\\\\' || 'hunter2'",
        "'ends with a backslash\\' || 'hunter2'",
        "N'hunter2'",
        "U&'hunter2'",
        "$$hunter2$$",
        "$tag$it's hunter2$tag$",
        "'hunter2 without an end",
        "$$hunter2 without an end",
        "-- hunter2\n1",
        "/* hunter2 */ 1",
        "/* hunter2",
        "1 /* a /* b */ hunter2 */",
        "1 /* a /* b */ hunter2",
        "1 /* a */ /* /* */ hunter2 -- */",
        "/*/ hunter2 */ 1",
        "1 -- hunter2",
        '"hunter2 without an end',
        "q'[it's hunter2]'",
        "Nq'!it's hunter2!'",
        "q'{it's hunter2 without an end",
    ],
)
def test_a_literal_is_masked(literal):
    assert SECRET not in describe(f"SELECT * FROM users WHERE password = {literal}").text


@pytest.mark.parametrize("dialect", ["mysql", "mariadb"])
@pytest.mark.parametrize(
    "literal",
    [
        '"hunter2"',
        '"it""s hunter2"',
        '"it\\"s hunter2"',
        '"ends with a backslash\\\\" OR b = "hunter2"',
        '"it\'s" OR b = "hunter2"',
        '"hunter2 without an end',
        "'it\\'s hunter2'",
        "# hunter2\n1",
        "1 # it's hunter2",
        "1 -- hunter2",
        "/* hunter2 */ 1",
        '`b " c` OR d = "hunter2"',
        "`hunter2 without an end",
    ],
)
def test_a_literal_of_mysql_is_masked(dialect, literal):
    statement = describe(f"SELECT * FROM users WHERE password = {literal}", dialect)
    assert SECRET not in statement.text


def test_names_of_mysql_are_kept():
    statement = describe('SELECT `a b`.`c` FROM `shop`.`orders` WHERE d = "x"', "mysql")
    assert statement.text == "SELECT `a b`.`c` FROM `shop`.`orders` WHERE d = ?"
    assert statement.table == "shop.orders"


def test_elsewhere_double_quotes_are_of_names_and_a_hash_is_an_operator():
    sql = 'SELECT "a" # "b", c #> d FROM e'
    assert describe(sql, "postgresql").text == sql


@pytest.mark.parametrize(
    "number", ["42", "4.2", "4e2", "4.2e-2", "0x4F", "1_000", "-42", ".42", "4."]
)
def test_a_number_is_masked(number):
    assert not any(
        digit in describe(f"SELECT * FROM a WHERE b = {number}").text for digit in "0124"
    )


def test_names_placeholders_and_casts_are_kept():
    sql = 'SELECT t1."a 2", %(x_1)s, %s, $1, :name, ? FROM s2.t1 WHERE b::int4 = a[1:2]'
    assert (
        describe(sql).text
        == 'SELECT t1."a 2", %(x_1)s, %s, $1, :name, ? FROM s2.t1 WHERE b::int4 = a[?:?]'
    )


def test_white_space_is_folded():
    assert describe("SELECT 1\n  FROM\ta").text == "SELECT ? FROM a"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT * FROM a WHERE b = 1", "SELECT * FROM a WHERE b = 22"),
        ("SELECT * FROM a WHERE b IN (%(b_1)s)", "SELECT * FROM a WHERE b IN (%(b_1)s, %(b_2)s)"),
        ("SELECT * FROM a WHERE b IN (?)", "SELECT * FROM a WHERE b IN (?, ?, ?)"),
        (
            "SELECT * FROM a WHERE b IN ($1::INTEGER)",
            "SELECT * FROM a WHERE b IN ($1::INTEGER, $2::INTEGER)",
        ),
        ("INSERT INTO a VALUES (%(b__0)s)", "INSERT INTO a VALUES (%(b__0)s), (%(b__1)s)"),
        ("SELECT 1 /* correlation_id:a */", "SELECT 1 /* correlation_id:b */"),
        ("SAVEPOINT sa_savepoint_1", "SAVEPOINT sa_savepoint_2"),
    ],
)
def test_statements_that_differ_in_values_are_alike(one, other):
    assert describe(one).fingerprint == describe(other).fingerprint


def test_statements_that_differ_otherwise_are_not_alike():
    assert describe("SELECT a FROM b").fingerprint != describe("SELECT a FROM c").fingerprint


@pytest.mark.parametrize(
    ("sql", "operation", "table"),
    [
        ("SELECT * FROM todos", "SELECT", "todos"),
        ('select * from "public"."todos"', "SELECT", "public.todos"),
        ("INSERT INTO todos (a) VALUES (1)", "INSERT", "todos"),
        ("UPDATE ONLY todos SET a = 1", "UPDATE", "todos"),
        ("DELETE FROM todos", "DELETE", "todos"),
        ("/* x */ WITH a AS (SELECT 1 FROM b) SELECT 1", "WITH", "b"),
        ("/* x /* y */ z */ SELECT 1 FROM b /**/", "SELECT", "b"),
        ("BEGIN", "BEGIN", None),
        ("", "", None),
    ],
)
def test_the_operation_and_the_first_table_are_told(sql, operation, table):
    assert (describe(sql).operation, describe(sql).table) == (operation, table)


def test_the_text_is_bounded():
    assert len(describe("SELECT " + "a, " * 100_000).text) <= 4000


def test_a_long_list_is_read_in_linear_time():
    assert describe("SELECT (" + "? " * 9_000 + "x").operation == "SELECT"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=50))
def test_the_content_of_a_quoted_literal_never_survives(content):
    quoted = "'" + content.replace("'", "''") + "'"
    with_marks = quoted[:-1] + SECRET + "'"
    assert SECRET not in describe(f"SELECT a FROM b WHERE c = {with_marks} AND d = 1").text


@given(st.text(max_size=50))
def test_any_text_can_be_described(sql):
    assert len(describe(sql).fingerprint) == 8


def test_a_statement_is_masked_by_the_engines_dialect(lines):
    engine = create_engine("sqlite://")
    engine.dialect.name = "mysql"
    canonical_log.instrument(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql(f'SELECT "{SECRET}"')
    assert lines("query")[0]["db_statement"] == "SELECT ?"
