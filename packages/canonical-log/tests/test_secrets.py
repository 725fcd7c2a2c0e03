"""Secrets stay out by their place: in a path, and in the fields of records."""

import dataclasses
import enum
import json
import logging
from argparse import Namespace
from collections import deque, namedtuple
from types import SimpleNamespace
from uuid import UUID

import attrs
import pydantic
import pytest
from flask import Blueprint, Flask, current_app, request
from sqlalchemy import create_engine, text
from werkzeug.datastructures import Headers
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.routing import BaseConverter

import canonical_log
from canonical_log.redaction import redact_value

SECRET = "hunter2"


@dataclasses.dataclass
class Account:
    name: str
    password: str


@dataclasses.dataclass
class Owner:
    account: Account


class Login(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    user: str
    api_key: str


@attrs.define
class Card:
    holder: str
    pin: str


Token = namedtuple("Token", "kind token")

RECORDS = {
    "dataclass": (Account("anna", SECRET), {"name": "anna", "password": "[redacted]"}),
    "dataclass in a dataclass": (
        Owner(Account("anna", SECRET)),
        {"account": {"name": "anna", "password": "[redacted]"}},
    ),
    "pydantic": (
        Login(user="anna", api_key=SECRET, session=SECRET),
        {"user": "anna", "api_key": "[redacted]", "session": "[redacted]"},
    ),
    "attrs": (Card("anna", SECRET), {"holder": "anna", "pin": "[redacted]"}),
    "named tuple": (Token("bearer", SECRET), {"kind": "bearer", "token": "[redacted]"}),
    "namespace": (
        SimpleNamespace(user="anna", password=SECRET),
        {"user": "anna", "password": "[redacted]"},
    ),
    "arguments": (Namespace(token=SECRET), {"token": "[redacted]"}),
    "headers": (
        Headers([("Cookie", SECRET), ("Accept", "*")]),
        {"Cookie": "[redacted]", "Accept": "*"},
    ),
    "pairs": ([("Cookie", SECRET), ("Accept", "*")], [["Cookie", "[redacted]"], ["Accept", "*"]]),
    "items": ({"token": SECRET}.items(), [["token", "[redacted]"]]),
    "list": ([Account("anna", SECRET)], [{"name": "anna", "password": "[redacted]"}]),
    "deque": (deque([Token("a", SECRET)]), [{"kind": "a", "token": "[redacted]"}]),
    "mapping": ({"a": Card("anna", SECRET)}, {"a": {"holder": "anna", "pin": "[redacted]"}}),
}


@pytest.mark.parametrize(("record", "expected"), RECORDS.values(), ids=RECORDS)
def test_records_are_redacted_by_field(record, expected):
    assert redact_value(record) == expected


@pytest.mark.parametrize("record", [record for record, _ in RECORDS.values()], ids=RECORDS)
def test_no_way_into_a_line_leaves_them_in(make_app, lines, record):
    app = make_app()

    @app.get("/log")
    def log():
        with canonical_log.bind(bound=record):
            logging.getLogger("own").info("hello", extra={"given": record})
            logging.getLogger("own").info({"said": record})
        canonical_log.add_fields(added=record)
        return ""

    app.test_client().get("/log")
    assert SECRET not in json.dumps(lines())
    assert lines("log")[0]["bound"] == lines("log")[0]["given"] == lines("log")[1]["said"]


def test_classes_and_other_objects_are_left_as_they_are():
    for value in (Account, Login, UUID(int=1), (1, 2), None, "text"):
        assert redact_value(value) in (value, list(value) if isinstance(value, tuple) else value)


def test_a_record_that_cannot_be_looked_at_costs_no_line(lines):
    class Broken(Login):
        def __getattribute__(self, name):
            raise RuntimeError("no")

    logging.getLogger("own").info("hello", extra={"given": Broken.model_construct()})
    assert "which raised RuntimeError" in lines("log")[0]["given"]


@pytest.fixture
def shop():
    """An app with secrets in its paths, of every kind of place."""
    app = Flask("shop")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.testing = True
    canonical_log.init_app(app)

    @app.get("/reset/<token>")
    @app.get("/reset/<token>/<int:page>/<name>")
    @app.get("/keys/<uuid:key>/")
    @app.get("/files/<path:api_key>/of/<name>")
    @app.get("/plain/<name>")
    def page(**_):
        return ""

    @app.get("/crash/<secret>")
    def crash(secret):
        logging.getLogger("own").info("asked for %s", f"/crash/{secret}")
        raise RuntimeError("as asked")

    part = Blueprint("part", "part", url_prefix="/part")

    @part.post("/<session_id>")
    def in_part(session_id):
        return ""

    app.register_blueprint(part)
    return app


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"/reset/{SECRET}", "/reset/[redacted]"),
        (f"/reset/{SECRET}/7/anna", "/reset/[redacted]/7/anna"),
        ("/keys/12345678-1234-5678-1234-567812345678/", "/keys/[redacted]/"),
        ("/keys/12345678-1234-5678-1234-567812345678", "/keys/[redacted]/"),
        (f"/files/a/{SECRET}/b/of/anna", "/files/[redacted]/of/anna"),
        (f"/part/{SECRET}", "/part/[redacted]"),
        (f"/crash/{SECRET}", "/crash/[redacted]"),
        (f"/reset/gr%C3%BC%20{SECRET}", "/reset/[redacted]"),
        ("/plain/anna", "/plain/anna"),
        ("/nothing/anna", "/nothing/anna"),
        ("/", "/"),
    ],
)
def test_a_secret_in_the_path_is_in_no_line(shop, lines, path, shown):
    shop.test_client().get(path)
    assert {line["http_path"] for line in lines() if "http_path" in line} == {shown}
    told = json.dumps(lines())
    assert SECRET not in told
    assert "12345678" not in told


def test_the_message_of_an_exception_has_the_masked_path(shop, lines):
    shop.test_client().get(f"/crash/{SECRET}")
    assert lines("exception")[0]["message"] == "Exception on /crash/[redacted] [GET]"
    assert lines("log")[0]["message"] == "asked for /crash/[redacted]"


def test_an_app_in_a_folder_has_its_secrets_masked_too(shop, lines):
    shop.test_client().get(f"/reset/{SECRET}", environ_overrides={"SCRIPT_NAME": "/shop"})
    assert lines("request_finished")[0]["http_path"] == "/shop/reset/[redacted]"


def test_the_app_sees_its_path_as_it_is(shop):
    seen = []
    shop.before_request(lambda: seen.append(request.view_args))
    shop.test_client().get(f"/reset/{SECRET}")
    assert seen == [{"token": SECRET}]


def test_keys_that_are_no_text_are_names_too():
    class Name(enum.Enum):
        PASSWORD = "password"

    assert redact_value({b"token": SECRET, Name.PASSWORD: SECRET}) == {
        "token": "[redacted]",
        "password": "[redacted]",
    }


@pytest.mark.parametrize(
    "name", ["pwd", "passphrase", "accessKey", "aws_secret_access_key", "X-Auth", "otp", "jwt"]
)
def test_other_usual_names_of_secrets_are_known(name):
    assert redact_value({name: SECRET}) == {name: "[redacted]"}


@pytest.mark.parametrize("name", ["author", "key_count", "passenger", "keyboard", "opinion"])
def test_names_that_only_begin_alike_are_none(name):
    assert redact_value({name: "shown"}) == {name: "shown"}


def test_converters_of_the_app_run_as_often_as_without(lines):
    app = Flask("converting")
    app.testing = True
    asked = []

    class User(BaseConverter):
        def to_python(self, value):
            asked.append((current_app.name, value))
            return asked

    app.url_map.converters["user"] = User
    app.add_url_rule("/<user:of>/<secret>", view_func=lambda of, secret: "")
    canonical_log.init_app(app)
    assert app.test_client().get(f"/anna/{SECRET}").status_code == 200
    assert asked == [("converting", "anna")]
    assert lines("request_finished")[0]["http_path"] == "/anna/[redacted]"


def test_a_path_that_cannot_be_looked_up_is_hidden(shop, lines):
    shop.config["TRUSTED_HOSTS"] = ["shop.example"]
    shop.test_client().get(f"/reset/{SECRET}", base_url="http://elsewhere.example")
    [line] = lines("request_finished")
    assert SECRET not in json.dumps(lines())
    assert line["http_status"] == 400 or SECRET not in line["http_path"]


@pytest.mark.parametrize("is_around", [True, False], ids=["around", "below"])
def test_a_secret_in_the_path_of_a_mounted_app_is_in_no_line(shop, lines, is_around):
    site = Flask("site")
    if not is_around:
        canonical_log.init_app(site)
    site.wsgi_app = DispatcherMiddleware(site.wsgi_app, {"/shop": shop})
    if is_around:
        canonical_log.init_app(site)
    site.test_client().get(f"/shop/reset/{SECRET}").close()
    assert {line["http_path"] for line in lines() if "http_path" in line} == {
        "/shop/reset/[redacted]"
    }


def test_a_secret_path_is_not_in_the_text_of_an_exception_either(shop, lines):
    @shop.get("/fail/<token>")
    def fail(token):
        raise ValueError(f"cannot serve {request.path}")

    shop.test_client().get(f"/fail/{SECRET}")
    [line] = lines("exception")
    assert line["exception_message"] == "cannot serve /fail/[redacted]"
    assert SECRET not in line["exception_stack"]


@pytest.mark.parametrize(
    "url", ["/x?a=1&api_key=hunter2", "https://h/x?token=hunter2", "/x?a=1;user[password]=hunter2"]
)
def test_a_secret_parameter_of_a_url_is_in_no_text(lines, url):
    logging.getLogger("own").warning("asking %s", url)
    try:
        raise ConnectionError(f"no answer from {url} (refused)")
    except ConnectionError:
        logging.getLogger("own").exception("no answer")
    assert SECRET not in json.dumps(lines())
    assert lines("log")[1]["exception_message"].endswith("=[redacted] (refused)")


def test_a_row_is_redacted_by_column(lines):
    with create_engine("sqlite://").connect() as connection:
        row = connection.execute(text(f"SELECT 1 AS id, '{SECRET}' AS password")).one()
    assert redact_value(row) == {"id": 1, "password": "[redacted]"}
