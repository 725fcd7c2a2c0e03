"""Opt in: personal data and keys are masked by what they look like, and counted."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

import canonical_log
from canonical_log import JsonFormatter
from canonical_log.masking import KINDS, Masking

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
FOUND = {
    "email": ["someone@example.org", "first.last+tag@mail.example.co.uk", "größe@example.de"],
    # The test numbers that payment services publish.
    "card": ["4111111111111111", "5555 5555 5555 4444", "3782-822463-10005", "6011000990139424"],
    "iban": ["DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19", "NO9386011117947"],
    # The last is encrypted: it has five parts, of which the second may be empty.
    "jwt": [
        JWT,
        JWT.rpartition(".")[0] + ".",
        "eyJhbGciOiJkaXIifQ..48V1_ALb6US0.5eym8TW_c.XFBoMYUZod",
    ],
    # The keys of AWS's own documentation.
    "aws_key": ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"],
    "phone": ["+49 171 1234567", "+1 (415) 555-2671", "0044 20 7946 0958", "415-555-2671"],
}
LEFT = {
    "email": ["@example", "a@b", "user@", "@app.route", "x @ y.z"],
    "card": ["4111111111111112", "1234567890123", "20261123140000123", "0.4111111111111111"],
    "iban": ["DE89370400440532013001", "AB12", "XX00AAAABBBBCCCC"],
    "jwt": ["eyJhbGciOiJIUzI1NiJ9", "eyJ.eyJ.x"],
    "aws_key": ["a94a8fe5ccb19ba61c4c0873d391e987982fbbd3", "AKIA", "A" * 40],
    "phone": [
        "2026-11-23",
        "10.0.0.1",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "+12",
        "127.0.0.1:6400",
    ],
}


def told(kinds, message, *arguments, **extra):
    record = logging.LogRecord("app", logging.INFO, "", 0, message, arguments, None)
    vars(record).update(extra)
    return json.loads(JsonFormatter(mask=kinds).format(record))


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, vs in FOUND.items() for v in vs])
def test_each_kind_is_masked_and_counted(kind, value):
    line = told([kind], f"({value}), a={value} and {value}!")
    assert line["message"] == f"([{kind}]), a=[{kind}] and [{kind}]!"
    assert line[f"masked_{kind}"] == 3


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, vs in LEFT.items() for v in vs])
def test_what_only_resembles_one_is_left(kind, value):
    line = told([kind], value)
    assert line["message"] == value
    assert f"masked_{kind}" not in line


def test_nothing_is_masked_unless_asked_for():
    text = " ".join(value for values in FOUND.values() for value in values)
    assert told([], text)["message"] == text


def test_all_kinds_together_leave_none_of_them():
    text = " ; ".join(value for values in FOUND.values() for value in values)
    line = told(KINDS, text)
    assert [
        value for values in FOUND.values() for value in values if value in line["message"]
    ] == []
    assert sum(line[f"masked_{kind}"] for kind in KINDS) == sum(map(len, FOUND.values()))


def test_values_are_masked_wherever_they_are():
    class Guest:
        def __str__(self):
            return "guest someone@example.org"

    mail = "someone@example.org"
    line = told(
        ["email", "card"],
        "%s",
        mail,
        deep={"list": [mail, (mail,)], mail: 1},
        number=4111111111111111,
        guest=Guest(),
        many={mail},
    )
    assert "someone" not in str(line)
    assert line["number"] == "[card]"
    assert (line["masked_email"], line["masked_card"]) == (6, 1)


def test_exceptions_are_masked_too(captured):
    def fail():
        raise ValueError("no user someone@example.org")

    formatter = JsonFormatter(mask=["email"])
    try:
        fail()
    except ValueError as error:
        record = logging.LogRecord("a", logging.ERROR, "", 0, "x", (), (ValueError, error, None))
    assert "someone" not in formatter.format(record)


def test_ids_and_times_are_never_masked(make_app, capsys):
    root = logging.getLogger()
    before = root.handlers[:], root.level
    canonical_log.configure(mask=KINDS)
    try:
        client = make_app(query_string=True).test_client()
        card = "4111111111111111"
        client.get(f"/hello/someone@example.org?q={card}", headers={"X-Request-ID": card})
    finally:
        root.handlers[:], level = before
        root.setLevel(level)
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["correlation_id"] == "4111111111111111"
    assert (line["http_path"], line["http_query"]) == ("/hello/[email]", "q=[card]")
    assert (line["masked_email"], line["masked_card"]) == (1, 1)


def test_a_record_that_cannot_be_formatted_is_masked_too():
    record = logging.makeLogRecord({"msg": "someone@example.org", "created": float("nan")})
    assert "someone" not in JsonFormatter(mask=["email"]).format(record)


def test_a_kind_that_does_not_exist_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="emails is no kind of value: did you mean email"):
        JsonFormatter(mask=["emails"])


@given(st.text(alphabet="ab.@+-_ 0149AE/=", max_size=3000))
def test_any_text_is_read_in_time(text):
    told(KINDS, text)


@pytest.mark.parametrize("part", ["a", "a.", "a@", "1", "1 ", "+1", "eyJ", "A1", "(", "+1("])
def test_no_text_takes_time_that_grows_with_its_square(part):
    Masking(KINDS).line({"message": part * 30_000}, str)
