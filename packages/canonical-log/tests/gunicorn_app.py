"""What test_gunicorn.py serves: an app with a page for each thing that can happen to a request."""

import logging
import os
import time

from flask import Flask, Response
from sqlalchemy import create_engine, text

import canonical_log


def create_app():
    app = Flask("served")
    settings = canonical_log.init_app(app)
    engine = create_engine(os.environ["DATABASE"])
    canonical_log.instrument(engine, settings)

    @app.get("/good")
    def good():
        logging.getLogger("app").info("all is well")
        return "ok"

    @app.get("/crash")
    def crash():
        raise RuntimeError("as asked")

    @app.get("/stream")
    def stream():
        return Response("part" for _ in range(3))

    @app.get("/endless")
    def endless():
        def parts():
            while True:
                yield "x" * 65_536

        return Response(parts())

    @app.get("/hang")
    def hang():
        time.sleep(60)
        return "too late"

    @app.get("/n-plus-one")
    def n_plus_one():
        with engine.connect() as connection:
            for number in range(6):
                connection.execute(text("SELECT pg_sleep(0.01), :number"), {"number": number})
        return "ok"

    return app
