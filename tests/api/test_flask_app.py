"""An App answers, and calls what was registered with it, exactly as a Flask does."""

import threading
from io import BytesIO

import flask
import pytest
from flask import Blueprint, Flask, after_this_request, current_app, g, request
from werkzeug.exceptions import Conflict

from todo.api.flask_app import App, _route

SIGNALS = {
    name: getattr(flask, name)
    for name in (
        *("request_started", "request_finished", "request_tearing_down"),
        *("appcontext_pushed", "appcontext_tearing_down", "appcontext_popped"),
        "got_request_exception",
    )
}
PATHS = [
    *("/plain", "/plain?a=1", "/in/7", "/in/x", "/in/deep/leaf", "/nowhere", "/folder", "/folder/"),
    *("/fails", "/in/conflict", "/in/fails", "/answered", "/streamed", "/tuple", "/in/deep/fails"),
]


class Notes(list):
    """What happened, in order."""

    def hook(self, name, answer=None):
        """A function that notes its name, what it is given, and the request's blueprints."""

        def note(*given):
            self.append((name, *map(repr, given), list(request.blueprints), request.endpoint))
            return answer(*given) if answer else None

        return note

    def hook_all(self, scope, name):
        """One hook of each kind, for an app or a blueprint."""
        scope.url_value_preprocessor(self.hook(f"{name} values"))
        scope.before_request(self.hook(f"{name} before"))
        scope.after_request(self.hook(f"{name} after", lambda response: response))
        scope.teardown_request(self.hook(f"{name} teardown"))


def add_routes(app, notes):
    """Views that answer in all ways, two blueprints in each other."""
    inner, outer = Blueprint("deep", __name__, url_prefix="/deep"), Blueprint("in", __name__)

    def streamed():
        def parts():
            notes.append(("part", request.path))
            yield g.get("by", "nobody")

        return flask.stream_with_context(parts())

    @outer.errorhandler(Conflict)
    def conflict(error):
        return f"handled in {request.blueprint}", error.code

    app.add_url_rule("/plain", "plain", lambda: f"plain {request.args.to_dict()}")
    app.add_url_rule("/folder/", "folder", lambda: {"json": True}, methods=["GET", "POST"])
    app.add_url_rule("/fails", "fails", lambda: 1 / 0)
    app.add_url_rule("/answered", "answered", lambda: "never seen")
    app.add_url_rule("/streamed", "streamed", streamed)
    app.add_url_rule("/tuple", "tuple", lambda: ("made", 202, {"X-Made": "yes"}))
    outer.add_url_rule("/<int:number>", "number", lambda number: str(number))
    outer.add_url_rule("/conflict", "conflict", lambda: flask.abort(409))
    for blueprint in (outer, inner):
        blueprint.add_url_rule("/fails", "fails", lambda: 1 / 0)
    inner.add_url_rule("/leaf", "leaf", lambda: Conflict())
    return outer, inner


def app_of(kind, notes, hooked):
    """An app of the kind, with hooks on `app`, on `blueprints` or on none."""
    app = kind(__name__, static_folder=None)
    outer, inner = add_routes(app, notes)
    app.before_request(lambda: "answered early" if request.path == "/answered" else None)
    app.teardown_appcontext(lambda error: notes.append(("context", repr(error))))
    if "app" in hooked:
        notes.hook_all(app, "app")
        notes.hook_all(app, "app again")
    if "blueprints" in hooked:
        notes.hook_all(outer, "outer")
        notes.hook_all(inner, "inner")
    outer.register_blueprint(inner)
    app.register_blueprint(outer, url_prefix="/in")
    return app


def answers_of(app, notes):
    """Each path by each method, with what happened meanwhile."""
    client = app.test_client()
    seen = []
    for path in PATHS:
        for method in ("GET", "HEAD", "OPTIONS", "POST"):
            response = client.open(path, method=method)
            headers = sorted(response.headers.items())
            seen.append((path, method, response.status, headers, response.text, list(notes)))
            notes.clear()
    return seen


def same(scenario):
    """What the scenario observes, which is the same for a Flask and an App."""
    with_flask, with_app = scenario(Flask), scenario(App)
    assert with_app == with_flask
    return with_app


@pytest.mark.parametrize("hooked", ["", "app", "blueprints", "app and blueprints"])
def test_hooks_and_errors_are_those_of_flask(hooked):
    def scenario(kind):
        notes = Notes()
        return answers_of(app_of(kind, notes, hooked), notes)

    seen = same(scenario)
    assert any("answered early" in answer for answer in seen)
    assert any(answer[5] for answer in seen)


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_reaches_who_listens_since_yesterday_or_just_now(name):
    def scenario(kind):
        notes = Notes()
        app = app_of(kind, notes, "app")
        first = answers_of(app, notes)

        def receive(sender, **more):
            notes.append((name, sender is app, sorted(more)))

        with SIGNALS[name].connected_to(receive, app):
            return first, answers_of(app, notes)

    _, heard = same(scenario)
    assert any((name, True) == note[:2] for answer in heard for note in answer[5])


@pytest.mark.parametrize("scope", [None, "in"])
def test_a_hook_that_comes_after_the_first_request_counts(scope):
    def scenario(kind):
        notes = Notes()
        app = app_of(kind, notes, "")
        before = answers_of(app, notes)
        for functions in (app.before_request_funcs, app.teardown_request_funcs):
            functions.setdefault(scope, []).insert(0, notes.hook(f"late of {scope}"))
        return before, answers_of(app, notes)

    _, later = same(scenario)
    assert any(note[0] == f"late of {scope}" for answer in later for note in answer[5])


def test_after_this_request_runs_once():
    def scenario(kind):
        app, calls = kind(__name__), []

        @app.get("/")
        def view():
            if "once" in request.args:
                after_this_request(lambda response: calls.append(request.path) or response)
            return "done"

        client = app.test_client()
        return client.get("/?once").status, client.get("/").status, calls

    assert same(scenario)[2] == ["/"]


@pytest.mark.parametrize("propagates", [True, False])
def test_an_error_reaches_every_teardown(propagates):
    def scenario(kind):
        notes = Notes()
        app = app_of(kind, notes, "app")
        app.config["PROPAGATE_EXCEPTIONS"] = propagates
        try:
            status = app.test_client().get("/fails").status
        except ZeroDivisionError:
            status = "raised"
        return status, list(notes)

    status, notes = same(scenario)
    assert status == ("raised" if propagates else "500 INTERNAL SERVER ERROR")
    assert ("context", repr(ZeroDivisionError("division by zero"))) in notes


def test_a_hook_that_fails_after_an_error_hides_no_answer():
    def scenario(kind):
        app = app_of(kind, Notes(), "app")
        app.config["PROPAGATE_EXCEPTIONS"] = False
        app.after_request(lambda response: {}["missing"])
        return app.test_client().get("/fails").status

    assert same(scenario) == "500 INTERNAL SERVER ERROR"


def test_contexts_nest_and_are_copied():
    def scenario(kind):
        notes = Notes()
        app = app_of(kind, notes, "app")
        with app.app_context():
            g.by = "outer"
            with app.test_request_context("/in/7"):
                notes.append(("rule", str(request.url_rule), g.by, flask.url_for("plain")))
                copied = flask.copy_current_request_context(lambda: notes.append(request.path))
                thread = threading.Thread(target=copied)
                thread.start()
                thread.join()
            with app.app_context():
                notes.append(("inner", g.get("by"), current_app.name))
            notes.append(("outer", g.by))
        with app.test_client() as client:
            client.get("/streamed")
            notes.append(("kept", request.path))
        return list(notes)

    assert ("kept", "/streamed") in same(scenario)


def test_a_teardown_without_an_error_given_has_the_current_one():
    def scenario(kind):
        notes = Notes()
        app = app_of(kind, notes, "app")
        with app.test_request_context("/plain"):
            try:
                raise KeyError("current")
            except KeyError:
                app.do_teardown_request()
                app.do_teardown_appcontext()
            app.do_teardown_request(exc=OSError("given"))
        return list(notes)

    assert ("context", "KeyError('current')") in same(scenario)


def test_a_form_s_files_are_closed_with_its_request():
    def scenario(kind):
        app, files = kind(__name__), []

        @app.post("/")
        def view():
            files.append(request.files["file"].stream)
            return {"name": request.files["file"].filename}

        sent = {"file": (BytesIO(b"x"), "name.txt")}
        return app.test_client().post("/", data=sent).json, files[0].closed

    assert same(scenario) == ({"name": "name.txt"}, True)


def test_an_address_outside_of_a_request_needs_a_server_s_name():
    def scenario(kind):
        app = app_of(kind, Notes(), "")
        with app.app_context(), pytest.raises(RuntimeError, match="SERVER_NAME"):
            flask.url_for("plain")
        app.config["SERVER_NAME"] = "example.com"
        with app.app_context():
            return flask.url_for("plain")

    assert same(scenario) == "http://example.com/plain"


def test_routes_are_remembered_within_a_bound():
    app = App(__name__, static_folder=None)
    app.add_url_rule("/things/<name>", view_func=lambda name: name)
    client = app.test_client()
    _route.cache_clear()
    assert client.get("/things/a").text == "a"
    assert _route.cache_info().currsize == 1
    for length in (200, 2000):
        assert client.get(f"/things/{'a' * length}").text == "a" * length
    assert _route.cache_info().currsize == 1
    for number in range(1100):
        client.get(f"/things/{number}")
    assert _route.cache_info().currsize == 1024
