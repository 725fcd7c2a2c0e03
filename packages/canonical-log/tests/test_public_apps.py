"""How public Flask apps and extensions are built, each with a counter of its own beside the lines:
requests and statements are equal, every line is valid, and no id is another's.
"""

import itertools
import threading
from collections import Counter

import pytest
from flask import Blueprint, Flask, Response, abort, g, jsonify, stream_with_context
from flask.views import MethodView
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, ForeignKey, create_engine, event, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, scoped_session, sessionmaker
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client

import canonical_log
from canonical_log import ContextExecutor


class Counting:
    """Counts requests outside of everything, and statements where SQLAlchemy tells them."""

    def __init__(self):
        self.requests, self.statements, self._current = Counter(), Counter(), threading.local()

    def around(self, wsgi_app):
        def app(environ, start_response):
            request_id = environ["HTTP_X_CORRELATION_ID"]
            self.requests[request_id] += 1
            return wsgi_app(environ, start_response)

        return app

    def statement(self, *_):
        self.statements[canonical_log.correlation_id()] += 1


@pytest.fixture
def counting():
    counting = Counting()
    event.listen(Engine, "before_cursor_execute", counting.statement)
    yield counting
    event.remove(Engine, "before_cursor_execute", counting.statement)


def made(**config):
    app = Flask("public")
    app.config.from_mapping(PROPAGATE_EXCEPTIONS=False, **config)
    return app


def factory_with_blueprints(database):
    """The tutorial's shape: a factory, blueprints, a connection in `g` that a teardown closes."""
    app = made()
    engine = create_engine(database)
    blog = Blueprint("blog", __name__, url_prefix="/blog")

    def connection():
        if "connection" not in g:
            g.connection = engine.connect()
        return g.connection

    @blog.get("/<int:number>")
    def post(number):
        for _ in range(number):
            connection().execute(text("SELECT 1"))
        return "post"

    @blog.get("/missing")
    def missing():
        connection().execute(text("SELECT 1"))
        abort(404)

    @app.teardown_appcontext
    def close(_error):
        if "connection" in g:
            g.pop("connection").close()

    app.register_blueprint(blog)
    canonical_log.init_app(app)
    return app, ["/blog/0", "/blog/3", "/blog/missing", "/nothing"]


def rest_api_with_models(database):
    """A microblog's API: Flask-SQLAlchemy after the middleware, class-based views, lazy loads."""
    app = made(SQLALCHEMY_DATABASE_URI=database)
    canonical_log.init_app(app)
    db = SQLAlchemy()

    class User(db.Model):
        id: Mapped[int] = mapped_column(primary_key=True)
        posts = relationship("Post")

    class Post(db.Model):
        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    class Users(MethodView):
        def get(self):
            users = db.session.scalars(select(User)).all()
            return jsonify([len(user.posts) for user in users])

        def post(self):
            db.session.add(User(posts=[Post(), Post()]))
            db.session.commit()
            return "", 201

    app.add_url_rule("/users", view_func=Users.as_view("users"))
    app.errorhandler(404)(lambda _error: ({"error": "not found"}, 404))
    db.init_app(app)
    with app.app_context():
        db.create_all()
    return app, ["POST /users", "POST /users", "/users", "/nothing"]


def shop_behind_a_proxy(database):
    """A shop: a scoped session, errors that roll back, a retry, and other layers around the app."""
    app = made()
    session = scoped_session(sessionmaker(create_engine(database)))

    @app.get("/buy")
    def buy():
        session.execute(text("SELECT 1"))
        raise RuntimeError("sold out")

    @app.get("/retry")
    def retry():
        for sql in ("SELECT no_such_column", "SELECT 1"):
            try:
                session.execute(text(sql))
            except Exception:
                session.rollback()
        return "done"

    app.teardown_appcontext(lambda _error: session.remove())
    canonical_log.init_app(app)
    app.wsgi_app = ProxyFix(app.wsgi_app)
    return app, ["/buy", "/retry", "/retry"]


def reports_that_stream(database):
    """Reports: a stream that asks as it goes, and one that threads fill."""
    app = made()
    canonical_log.init_app(app)
    engine = create_engine(database)

    def ask(*_):
        with engine.connect() as connection:
            return str(connection.execute(text("SELECT 7")).scalar_one())

    @app.get("/stream")
    def stream():
        return Response(stream_with_context(ask() for _ in range(4)))

    @app.get("/threads")
    def threads():
        with ContextExecutor(3) as executor:
            return "".join(executor.map(ask, range(6)))

    return app, ["/stream", "/threads", "/stream"]


def two_apps_under_one_roof(database):
    """An admin mounted in a site, each with the middleware, on one database."""
    site, admin = made(), made()
    engine = create_engine(database)
    for app in (site, admin):

        @app.get("/page")
        def page():
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
            return "page"

        canonical_log.init_app(app)
    site.wsgi_app = DispatcherMiddleware(site.wsgi_app, {"/admin": admin})
    return site, ["/page", "/admin/page", "/admin/nothing"]


def health_and_hooks(database):
    """An API with hooks on each request that ask the database, as for rights and audits."""
    app = made(CANONICAL_LOG_SQL_COMMENTS=True)
    engine = create_engine(database)

    def ask():
        with engine.begin() as connection:
            connection.execute(text("SELECT 1"))

    app.before_request(ask)
    app.after_request(lambda answer: ask() or answer)
    app.teardown_request(lambda _error: ask())
    app.add_url_rule("/page", view_func=lambda: "page", endpoint="page")
    canonical_log.init_app(app)
    return app, ["/page", "/nothing", "POST /page"]


APPS = [
    factory_with_blueprints,
    rest_api_with_models,
    shop_behind_a_proxy,
    reports_that_stream,
    two_apps_under_one_roof,
    health_and_hooks,
]


@pytest.mark.parametrize("build", APPS, ids=[build.__name__ for build in APPS])
def test_lines_and_counts_are_equal(build, counting, new_database, lines):
    app, asked = build(new_database())
    counting.statements.clear()
    app.wsgi_app = counting.around(app.wsgi_app)
    ids = []

    def visit(turns):
        client = Client(app)
        for turn, path in itertools.product(turns, asked):
            method, _, url = path.rpartition(" ")
            ids.append(f"{build.__name__}-{turn}-{len(ids)}-{threading.get_ident()}")
            headers = {"X-Correlation-ID": ids[-1]}
            with client.open(url, method=method or "GET", headers=headers) as answer:
                answer.get_data()
                assert answer.headers["X-Correlation-ID"] == headers["X-Correlation-ID"]

    visit(range(3))
    finished = lines("request_finished")
    assert Counter(line["correlation_id"] for line in finished) == counting.requests
    told = {line["correlation_id"]: line["db_query_count"] for line in finished}
    assert told == {one: counting.statements[one] for one in ids}
    events = Counter(line.get("correlation_id") for line in lines("query"))
    assert {one: events[one] for one in ids} == told
