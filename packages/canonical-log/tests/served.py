"""What test_servers.py serves: pages that wait and ask an SQLite file, by WSGI and by ASGI."""

import os
import time

from a2wsgi import WSGIMiddleware
from asgiref.wsgi import WsgiToAsgi
from flask import Flask
from sqlalchemy import create_engine, text

import canonical_log

canonical_log.configure()
app = Flask("served")
canonical_log.init_app(app)
engine = create_engine(f"sqlite:///{os.environ['DATABASE']}")


@app.get("/ask/<int:times>")
def ask(times):
    before = canonical_log.correlation_id()
    with engine.connect() as connection:
        for _ in range(times):
            connection.execute(text("SELECT 1"))
            time.sleep(0.001)  # another request comes in between
    assert canonical_log.correlation_id() == before
    return before


by_asgiref = WsgiToAsgi(app)
by_a2wsgi = WSGIMiddleware(app)
