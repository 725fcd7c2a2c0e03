"""A process whose threads are sampled while garbage collections give the GIL away:
`python -m tests.serving.collecting`. It exits with 0 once the sampler has found that it may end.
"""

import gc
import os
import threading
import time
from typing import Any

from todo.serving.profiler.requests import ActiveRequests
from todo.serving.profiler.sampler import Sampler

SERVED_S = 1.0


def main() -> None:
    requests = ActiveRequests()
    sampling = threading.Thread(target=Sampler(requests, 2).run, daemon=True)

    def give_way(_phase: str, _info: dict[str, Any]) -> None:
        if threading.current_thread() is sampling:
            time.sleep(0.0001)

    gc.callbacks.append(give_way)
    gc.set_threshold(1)
    begun = threading.Barrier(3)
    serving = [threading.Thread(target=serve, args=(requests, begun)) for _ in range(2)]
    for thread in serving:
        thread.start()
    begun.wait()
    sampling.start()
    for thread in [*serving, sampling]:
        thread.join()
    os._exit(0)


def serve(requests: ActiveRequests, begun: threading.Barrier) -> None:
    """A request whose stack is never for long as it was."""
    served = requests.begin("a-run", {"REQUEST_METHOD": "GET", "PATH_INFO": "/"})
    begun.wait()
    while time.monotonic() < served.started_s + SERVED_S:
        descend(30)
    requests.end(served)


def descend(depth: int) -> list[Any]:
    return [depth, descend(depth - 1)] if depth else []


if __name__ == "__main__":
    main()
