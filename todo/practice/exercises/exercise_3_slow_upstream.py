"""Threads are busy, and neither the CPU nor the database is

`GET /weather` asks another service, which answers after a quarter of a second.
"""

import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from flask import Flask

from todo import create_app

RATES = {"GET /weather": 45, "GET /api/v1/todos": 5}


def factory() -> Flask:
    """The app, and the weather as somebody else knows it."""
    app = create_app()
    station = station_url()

    def forecast() -> str:
        answer: bytes = urllib.request.urlopen(station, timeout=10).read()
        return answer.decode()

    @app.get("/weather")
    def weather() -> dict[str, str]:
        return {"forecast": forecast()}

    return app


def station_url() -> str:
    """Where the other service listens, which is not ours to change: in this process, for once."""

    class Station(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # as BaseHTTPRequestHandler calls it
            time.sleep(0.25)
            self.send_response(200)
            self.send_header("Content-Length", "3")
            self.end_headers()
            self.wfile.write(b"sun")

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Station)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


# For the teacher: what is below is not in the learner's copy.
LAYER = "upstream"
ROUTE = "GET /weather"
LEARNED = (
    "A thread that waits for another service serves nobody else. What changes rarely need not be"
    " asked for each time: remember it for a while, and give up soon when it does not come."
)
SOLUTION = [
    (
        """    def forecast() -> str:
        answer: bytes = urllib.request.urlopen(station, timeout=10).read()
        return answer.decode()
""",
        """    known = {"forecast": "", "until_s": 0.0}

    def forecast() -> str:
        if time.monotonic() > known["until_s"]:
            known["until_s"] = time.monotonic() + 60
            known["forecast"] = urllib.request.urlopen(station, timeout=10).read().decode()
        return known["forecast"]
""",
    )
]
