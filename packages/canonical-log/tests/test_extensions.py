"""What well-known extensions of Flask do to an app, under threads, beside two counters of the
tests' own: a WSGI layer outside of everything counts requests, the driver counts statements.
"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar, copy_context
from functools import wraps

import pytest
from flask import Blueprint, Flask, Response, abort, g, jsonify, request, session
from flask.views import MethodView
from sqlalchemy import create_engine, event, text
from werkzeug.exceptions import HTTPException, UnprocessableEntity
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

import canonical_log

TURNS, THREADS = 5, 4
_serving: ContextVar[str | None] = ContextVar("serving", default=None)


class Counted:
    """A database and an app's outermost layer, each of which counts by the request's own ID."""

    def __init__(self, path):
        self.requests, self.statements = Counter(), Counter()
        self._lock = threading.Lock()
        self._engine = create_engine(f"sqlite:///{path}", pool_size=THREADS + 8)
        event.listen(self._engine, "connect", self._trace)

    def _trace(self, connection, _entry):
        connection.set_trace_callback(self._count)

    def _count(self, sql):
        if sql.startswith("SELECT"):  # sqlite3 sends BEGIN by itself
            with self._lock:
                self.statements[_serving.get()] += 1

    def ask(self, *_):
        with self._engine.connect() as connection:
            return connection.execute(text("SELECT 7")).scalar_one()

    def around(self, wsgi_app):
        def app(environ, start_response):
            with self._lock:
                self.requests[environ["HTTP_X_CORRELATION_ID"]] += 1
            _serving.set(environ["HTTP_X_CORRELATION_ID"])
            return wsgi_app(environ, start_response)

        return app


def made(name):
    app = Flask(name)
    app.secret_key = "of the tests"
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def resources(counted):
    """A REST extension: class-based views on a blueprint, checked arguments, errors as JSON."""
    app, api = made("resources"), Blueprint("api", __name__, url_prefix="/v1")

    def checked(view):
        @wraps(view)
        def inner(*arguments, **options):
            if request.args.get("count", "1").isdecimal():
                return view(*arguments, **options)
            raise UnprocessableEntity("count is a number")

        return inner

    class Things(MethodView):
        decorators = [checked]  # noqa: RUF012  # as Flask's documentation has it

        def get(self, number):
            return jsonify([counted.ask() for _ in range(number)])

        def delete(self, number):
            counted.ask()
            raise KeyError(number)

    api.add_url_rule("/things/<int:number>", view_func=Things.as_view("things"))

    @api.errorhandler(HTTPException)
    def problem(error):
        return {"message": error.description}, error.code

    app.register_blueprint(api)
    canonical_log.init_app(app)
    paths = ["/v1/things/3", "/v1/things/0?count=x", "DELETE /v1/things/1", "POST /v1/things/1"]
    return app, paths


def logins(counted):
    """A login extension: the user is loaded before each view, and who is nobody is sent away."""
    app = made("logins")
    canonical_log.init_app(app)

    @app.before_request
    def load_user():
        g.user = session.get("user") or request.authorization
        counted.ask()
        if g.user is None and request.path != "/login":
            abort(401)

    @app.get("/login")
    def login():
        session["user"] = 1
        return "", 302, {"Location": "/"}

    app.add_url_rule("/", view_func=lambda: str(counted.ask()), endpoint="home")
    return app, ["/", "/login", "/nowhere"]


def caches(counted):
    """A cache extension: a view runs at the first request alone, others get what it answered."""
    app, known, lock = made("caches"), {}, threading.Lock()

    def cached(view):
        @wraps(view)
        def inner():
            with lock:
                if request.full_path not in known:
                    known[request.full_path] = app.make_response(view()).get_data()
            return Response(known[request.full_path])

        return inner

    @app.get("/report")
    @cached
    def report():
        return str(counted.ask())

    canonical_log.init_app(app)
    return app, ["/report", "/report?page=2", "/report"]


def events(counted):
    """Server-sent events: a stream without an end that its client leaves, and one that breaks."""
    app = made("events")

    @app.get("/endless")
    def endless():
        def parts():
            while True:
                yield f"data: {counted.ask()}\n\n"

        return Response(parts(), mimetype="text/event-stream")

    @app.get("/broken")
    def broken():
        def parts():
            yield f"data: {counted.ask()}\n\n"
            raise RuntimeError("gone")

        return Response(parts(), mimetype="text/event-stream")

    canonical_log.init_app(app)
    return app, ["/endless", "/broken"]


def background(counted):
    """A socket extension's background tasks: threads that the view starts with its context."""
    app = made("background")
    canonical_log.init_app(app)

    @app.get("/emit")
    def emit():
        threads = [
            threading.Thread(target=copy_context().run, args=(counted.ask,)) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return "sent"

    return app, ["/emit", "/nowhere"]


def dashboards(counted):
    """A dashboard with a server of its own, mounted below the site that has the middleware."""
    site, board = made("site"), made("board")

    @board.post("/update")
    def update():
        return {"value": counted.ask(), "of": canonical_log.correlation_id()}

    board.add_url_rule("/", view_func=lambda: "board", endpoint="index")
    site.add_url_rule("/", view_func=lambda: str(counted.ask()), endpoint="home")
    site.wsgi_app = DispatcherMiddleware(site.wsgi_app, {"/board": board.wsgi_app})
    canonical_log.init_app(site)
    return site, ["/", "/board/", "POST /board/update", "/board/nowhere"]


APPS = [resources, logins, caches, events, background, dashboards]


def visit(app, paths, thread):
    """Asks for all paths in turn, each answer under its own ID, and reads three parts of it."""
    client = Client(app)
    for turn in range(TURNS):
        for place, path in enumerate(paths):
            method, _, url = path.rpartition(" ")
            one = f"{app.import_name}-{thread}-{turn}-{place}"
            headers = {"X-Correlation-ID": one}
            answer = client.open(url, method=method or "GET", headers=headers, buffered=False)
            assert answer.headers["X-Correlation-ID"] == one
            with suppress(RuntimeError):  # as a stream that breaks
                for _, _part in zip(range(3), answer.iter_encoded(), strict=False):
                    pass
            answer.close()


@pytest.mark.parametrize("build", APPS, ids=[build.__name__ for build in APPS])
def test_what_is_told_is_what_happened(build, tmp_path, lines):
    counted = Counted(tmp_path / "database")
    app, paths = build(counted)
    app.wsgi_app = counted.around(app.wsgi_app)
    with ThreadPoolExecutor(THREADS) as threads:
        for done in [threads.submit(visit, app, paths, number) for number in range(THREADS)]:
            done.result()

    finished = lines("request_finished")
    assert Counter(line["correlation_id"] for line in finished) == counted.requests
    assert len(finished) == THREADS * TURNS * len(paths)
    told = Counter({line["correlation_id"]: line["db_query_count"] for line in finished})
    assert +told == counted.statements
    assert Counter(line["correlation_id"] for line in lines("query")) == counted.statements
