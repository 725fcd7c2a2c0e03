"""What these tests serve: an app with a page for each thing that a server has to get right."""

import os
import time
from pathlib import Path

from flask import Flask, Response, request, send_file

import canonical_log


def create_app():
    app = Flask("served")
    app.wsgi_app = Raw(app.wsgi_app)
    app.extensions["canonical_log"] = canonical_log.init_app(app)
    app.extensions["edge_static_paths"] = ("/alive",)
    add_pages(app)
    add_bodies(app)
    return app


class Raw:
    """What only WSGI itself can say, under /raw; the rest is Flask's."""

    def __init__(self, flask):
        self.flask = flask

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if path == "/raw/write":
            write = start_response("200 OK", [("Content-Type", "text/plain")])
            write(b"written ")
            return [b"and returned"]
        if path == "/raw/short":
            start_response("200 OK", [("Content-Length", "10")])
            return [b"short"]
        if path == "/raw/fails":
            raise LookupError("the secret is 1234")
        if path == "/raw/fails-late":
            start_response("200 OK", [("Content-Length", "10")])
            return self.fails_late()
        if path == "/raw/bad-header":
            start_response("200 OK", [("X-Split", "a\r\nX-Injected: b")])
            return [b""]
        return self.flask(environ, start_response)

    def fails_late(self):
        yield b"begun"
        raise LookupError("the secret is 1234")


def add_pages(app):
    @app.get("/alive")
    def alive():
        return {"status": "ok"}

    @app.get("/hello")
    def hello():
        return "hello"

    @app.get("/gate")
    def gate():
        """Waits until somebody makes the file."""
        while not Path(os.environ["GATE"]).exists():
            time.sleep(0.01)
        return "open"

    @app.get("/overloaded")
    def overloaded():
        return {"seconds": request.environ["edge.overloaded_s"]}

    @app.post("/echo")
    def echo():
        body = request.get_data()
        return {
            "body": body.decode("latin-1"),
            "content_length": request.environ.get("CONTENT_LENGTH"),
            "transfer_encoding": request.environ.get("HTTP_TRANSFER_ENCODING"),
        }

    @app.get("/environ")
    def environ():
        return {name: value for name, value in request.environ.items() if isinstance(value, str)}


def add_bodies(app):
    @app.get("/big")
    def big():
        return b"x" * int(request.args["bytes"])

    @app.get("/stream")
    def stream():
        part = b"x" * int(request.args["bytes"])
        return Response(part for _ in range(int(request.args["parts"])))

    @app.get("/file")
    def file():
        return send_file(__file__)

    @app.get("/nothing-to-say")
    def nothing_to_say():
        return "", 204
