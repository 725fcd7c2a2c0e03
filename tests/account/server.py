"""moto's server, with what it lacks, which writes down each call and what is wrong with it:
`python -m tests.account.server FILE`. The first line that it prints is its port.
"""

import io
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

from moto.core.request import Request
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from .calls import Call, read
from .lacking import ANSWERED, amend


class Recorder:
    """A WSGI application: moto behind a record of its calls, a line of JSON each."""

    def __init__(self, record: Path) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._record = record.open("w", encoding="utf-8")
        self._answers: dict[str, Response] = {}
        self._lock = Lock()  # moto's accounts are of one thread

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        environ["wsgi.input"] = io.BytesIO(request.get_data())
        call = read(request)
        # An SDK that lost an answer asks again by the same id: what AWS made is not made twice.
        asked = request.headers["Amz-Sdk-Invocation-Id"]
        with self._lock:
            if (answer := self._answers.get(asked)) is not None:
                return answer(environ, start)
            response = self._answer(call, environ)
            response.freeze()
            if response.status_code < 500:
                self._answers[asked] = response
            line = asdict(call) | {"status": response.status_code}
            if response.status_code >= 400:
                line["error"] = response.get_data(as_text=True)[:1000]
            self._record.write(json.dumps(line, default=str) + "\n")
            self._record.flush()
        return response(environ, start)

    def _answer(self, call: Call, environ: dict[str, Any]) -> Response:
        ours = ANSWERED.get((call.service, call.operation))
        if ours is None or (answer := ours(call.parameters)) is None:
            return Response.from_app(self._moto, environ)
        return Response(json.dumps(answer), content_type="application/x-amz-json-1.1")


if __name__ == "__main__":
    amend()
    server = make_server(
        "127.0.0.1",
        0,
        Recorder(Path(sys.argv[1])),
        threaded=True,
        request_handler=MotoRequestHandler,
    )
    print(server.port, flush=True)
    server.serve_forever()
