"""An exception as fields: what leads to its cause, and none of the data that it was about."""

import psycopg2
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from canonical_log.exceptions import MAX_MESSAGE_CHARACTERS, MAX_STACK_BYTES, exception_fields

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
    assert len(fields["exception_stack"].encode()) <= MAX_STACK_BYTES
    assert 'raise ValueError("x" * 100_000)' in fields["exception_stack"]


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


def nested():
    """A driver's error, wrapped twice: once on purpose, once by accident."""

    def read():
        raise ConnectionError("the socket is closed")

    def load():
        try:
            read()
        except ConnectionError as error:
            raise LookupError("no such user") from error

    try:
        load()
    except LookupError:
        raise RuntimeError("the page failed")  # noqa: B904  # the accident


def test_what_an_exception_came_from_is_told_first():
    stack = raised(nested)["exception_stack"]
    parts = [
        "in read",
        "ConnectionError: the socket is closed",
        "direct cause",
        "LookupError: no such user",
        "During handling",
        "RuntimeError: the page failed",
    ]
    assert [part for part in parts if part not in stack] == []
    assert sorted(parts, key=stack.index) == parts


def test_the_root_cause_has_fields_of_its_own():
    fields = raised(nested)
    assert fields["exception_type"] == "RuntimeError"
    assert fields["exception_cause_type"] == "ConnectionError"
    assert fields["exception_cause_message"] == "the socket is closed"
    assert fields["exception_cause_location"].endswith(" read")
    assert fields["exception_cause_fingerprint"] != fields["exception_fingerprint"]


def test_the_same_root_cause_has_the_same_fingerprint_however_it_is_wrapped():
    def cause():
        raise ConnectionError

    def wrap(kind):
        try:
            cause()
        except ConnectionError as error:
            raise kind from error

    one, other = raised(wrap, KeyError), raised(wrap, RuntimeError)
    assert one["exception_cause_fingerprint"] == other["exception_cause_fingerprint"]
    assert one["exception_fingerprint"] != other["exception_fingerprint"]


def test_an_exception_without_another_has_no_cause():
    assert "exception_cause_type" not in raised(int, "a")


def test_a_context_that_is_suppressed_is_left_out():
    def quiet():
        try:
            raise KeyError("hidden")
        except KeyError:
            raise ValueError("shown") from None

    fields = raised(quiet)
    assert "hidden" not in str(fields)
    assert "exception_cause_type" not in fields


def test_notes_are_told():
    def noted():
        error = ValueError("as asked")
        error.add_note("while reading row 7")
        raise error

    assert "ValueError: as asked\nwhile reading row 7" in raised(noted)["exception_stack"]


def test_a_group_is_told_with_all_that_is_in_it():
    def fail(kind):
        raise kind("inner")

    def group():
        errors = []
        for kind in (KeyError, OSError):
            try:
                fail(kind)
            except kind as error:
                errors.append(error)
        raise ExceptionGroup("both", [errors[0], ExceptionGroup("deeper", [errors[1]])])

    fields = raised(group)
    stack = fields["exception_stack"]
    assert "ExceptionGroup: both (2 sub-exceptions)" in stack
    assert "  +- 1 of 2\n  | Traceback" in stack
    assert "  | KeyError: 'inner'" in stack
    assert "  |   | OSError: inner" in stack
    assert (fields["exception_cause_type"], fields["exception_type"]) == (
        "KeyError",
        "ExceptionGroup",
    )


def test_a_chain_without_end_ends():
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert exception_fields(one)["exception_cause_message"] == "other"


@pytest.mark.parametrize("count", [10, 1000])
def test_however_many_there_are_the_text_has_a_bound(count):
    error = ValueError("é" * 500)
    for number in range(count):
        outer = ExceptionGroup(f"{number}", [OSError("é" * 500) for _ in range(3)])
        outer.__cause__ = error
        error = outer
    fields = exception_fields(error)
    assert len(fields["exception_stack"].encode()) <= MAX_STACK_BYTES
    assert "é" not in fields["exception_stack"] or "are left out" in fields["exception_stack"]
    assert f"ExceptionGroup: {count - 1} (3 sub-exceptions)" in fields["exception_stack"]


def test_a_stack_of_one_function_without_end_is_folded():
    def forever():
        return forever()

    stack = raised(forever)["exception_stack"]
    assert "[Previous line repeated" in stack
    assert len(stack) < 3000


def test_the_values_of_a_cause_are_left_out_too(unique_mail):
    def insert():
        try:
            with create_engine(unique_mail).begin() as connection:
                connection.execute(text("INSERT INTO people VALUES (:mail)"), {"mail": MAIL})
        except IntegrityError as error:
            raise RuntimeError("cannot be saved") from error

    fields = raised(insert)
    assert fields["exception_cause_type"] == "psycopg2.errors.UniqueViolation"
    assert "people_mail_key" in fields["exception_cause_message"]
    assert "someone" not in str(fields)


def test_what_cannot_be_encoded_is_told_all_the_same():
    assert "\\udc80" in exception_fields(ValueError("\udc80"))["exception_stack"]


def test_notes_are_told_up_to_a_number_of_them():
    def noted():
        error = ValueError("as asked")
        error.__notes__ = ("the first note", *["another"] * 100_000)
        raise error

    stack = raised(noted)["exception_stack"]
    assert "the first note" in stack
    assert stack.count("another") == 49
