"""An exception as fields: what leads to its cause, and none of the data that it was about."""

import psycopg2
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from canonical_log.exceptions import MAX_MESSAGE_CHARACTERS, MAX_STACK_CHARACTERS, exception_fields

MAIL = "someone@example.org"


@pytest.fixture(scope="module")
def unique_mail(new_database, execute):
    """The URI of a database with a table whose `mail` is unique, and one row in it."""
    uri = new_database()
    execute(uri, "CREATE TABLE people (mail text UNIQUE)")
    execute(uri, "INSERT INTO people VALUES (%s)", MAIL)
    return uri


def raised(function, *arguments):
    try:
        function(*arguments)
    except Exception as error:
        return exception_fields(error)
    raise AssertionError("nothing was raised")


def test_the_detail_of_a_driver_error_is_left_out(unique_mail, execute):
    fields = raised(execute, unique_mail, "INSERT INTO people VALUES (%s)", MAIL)
    assert fields["exception_type"] == "psycopg2.errors.UniqueViolation"
    assert "people_mail_key" in fields["exception_message"]
    assert "someone" not in str(fields)


def test_the_detail_is_left_out_of_sqlalchemys_error_too(unique_mail):
    def insert():
        with create_engine(unique_mail).begin() as connection:
            connection.execute(text("INSERT INTO people VALUES (:mail)"), {"mail": MAIL})

    fields = raised(insert)
    assert fields["exception_type"] == f"{IntegrityError.__module__}.IntegrityError"
    assert fields["exception_message"].startswith("(psycopg2.errors.UniqueViolation) duplicate key")
    assert "someone" not in str(fields)


def test_a_detail_in_another_language_is_left_out_too():
    class Diagnostics:
        message_primary = "doppelter Schlüsselwert"

    class German(psycopg2.Error):
        diag = Diagnostics()

        def __str__(self):
            return "FEHLER:  doppelter Schlüsselwert\nDETAIL_AUF_DEUTSCH:  (mail)=(someone)"

    assert exception_fields(German())["exception_message"] == "FEHLER:  doppelter Schlüsselwert"


def test_values_of_local_variables_are_not_in_the_stack():
    def fail():
        password = "hunter" + "2"
        raise ValueError(f"{len(password)} characters")

    fields = raised(fail)
    assert "in fail" in fields["exception_stack"]
    assert "hunter2" not in str(fields)


def test_message_and_stack_are_bounded_and_the_stack_keeps_its_end():
    def deep(depth):
        if depth:
            return deep(depth - 1) + 1
        raise ValueError("x" * 100_000)

    def deeper():
        one = deep
        return one(300)

    fields = raised(deeper)
    assert len(fields["exception_message"]) == MAX_MESSAGE_CHARACTERS
    assert len(fields["exception_stack"]) <= MAX_STACK_CHARACTERS
    assert fields["exception_stack"].rstrip().endswith('raise ValueError("x" * 100_000)')


def test_an_exception_whose_text_raises_is_told_by_its_type():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    assert exception_fields(Mute())["exception_message"] == "<Mute.__str__ raised RuntimeError>"


def test_the_location_is_in_our_code_and_not_in_a_library():
    def ask():
        with create_engine("sqlite://").connect() as connection:
            connection.execute(text("SELECT no_such_column"))

    assert raised(ask)["exception_location"].endswith(" ask")
    assert __file__ in raised(ask)["exception_location"]


def test_the_same_failure_has_the_same_fingerprint_whatever_its_text():
    def fail(text):
        raise ValueError(text)

    assert raised(fail, "a")["exception_fingerprint"] == raised(fail, "b")["exception_fingerprint"]
    assert raised(fail, "a")["exception_fingerprint"] != raised(int, "a").get(
        "exception_fingerprint"
    )
