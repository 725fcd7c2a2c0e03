"""The clients of `benchmarks.recovery`, who remember what they were answered."""

import http.client
import itertools
import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Load"]

CLIENTS = 4
PAUSE_S = 0.02
TODOS = "/api/v1/todos"


@dataclass(frozen=True)
class Answer:
    """`todo_id` is that of the todo that was made."""

    began_s: float
    ended_s: float
    status: int
    correlation_id: str
    todo_id: int | None


class Load:
    """Clients that read and write in turn while the context is open, whatever the server does."""

    def __init__(self, port: int) -> None:
        """Nothing is sent yet."""
        self.answers: list[Answer] = []
        self._port = port
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(CLIENTS)]

    def __enter__(self) -> "Load":
        """Starts the clients."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        """Lets them finish."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def answered_s(self, since_s: float) -> list[float]:
        """When requests were answered well, since then."""
        recent = itertools.takewhile(lambda each: each.ended_s > since_s, reversed(self.answers))
        return sorted(each.ended_s for each in recent if each.status < 300)

    def is_ready(self) -> bool:
        """Whether the server says so."""
        try:
            return self._ask("GET", "/api/v1/health/ready").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def unlogged(self, archive: Path) -> int:
        """How many answers have no line in the archive."""
        ids = {each.correlation_id for each in self.answers}
        for path in archive.rglob("*.ndjson"):
            with path.open() as lines:
                ids -= {json.loads(line).get("correlation_id") for line in lines}
        return len(ids)

    def unstored(self) -> int:
        """How many todos were made, as the answer says, and are not there."""
        made = [each.todo_id for each in self.answers if each.status == 201]
        return sum(self._ask("GET", f"{TODOS}/{todo_id}").status != 200 for todo_id in made)

    def _run(self) -> None:
        for method in itertools.cycle(("GET", "POST")):
            if self._is_over.wait(PAUSE_S):
                return
            try:
                self.answers.append(self._ask(method, TODOS))
            except (OSError, http.client.HTTPException):
                continue  # whoever served it was killed

    def _ask(self, method: str, path: str) -> Answer:
        began_s = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            body = json.dumps({"title": "kept"}) if method == "POST" else None
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = json.loads(response.read())
        finally:
            connection.close()
        todo_id = content["id"] if response.status == 201 else None
        correlation_id = response.headers["X-Correlation-ID"]
        return Answer(began_s, time.monotonic(), response.status, correlation_id, todo_id)
