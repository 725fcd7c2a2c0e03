"""What the image weighs, and how soon a container of it answers.

    python -m benchmarks.containers

It needs a Docker engine, and the images `taskoverflow` (built by `make up`) and
`postgres:18-alpine`. Sizes are of the layers over the base image, compressed by gzip as registries
keep them. Start time is from `docker start` to the first 200 of `/api/v1/health/ready`, which asks
the database; that is up before, and its schema is migrated.
"""

import http.client
import io
import json
import socket
import statistics
import subprocess
import sys
import tarfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

IMAGE = "taskoverflow"
BASE = "python:3.13-slim-bookworm"
NETWORK = "taskoverflow-benchmark"
DATABASE = (
    "--env",
    "POSTGRES_PASSWORD=benchmark",
    "--env",
    "POSTGRES_USER=todo",
    "postgres:18-alpine",
)
APP = (
    *("--network", NETWORK, "--read-only", "--cap-drop", "ALL", "--env", "PGPASSWORD=benchmark"),
    *(
        "--env",
        "SQLALCHEMY_DATABASE_URI=postgresql://todo@database/todo",
        "--env",
        "TODO_WORKERS=2",
    ),
)
ROUNDS = 10
GOAL_MB = 120
GOAL_S = 2.0


def main() -> None:
    """Prints both figures, with their goals."""
    size_mb = _compressed_bytes_over_base() / 1e6
    print(
        f"compressed size over {BASE}: {size_mb:.1f} MB, goal < {GOAL_MB} MB: "
        f"{_verdict(size_mb < GOAL_MB)}"
    )
    with _migrated_database():
        times_s = [_start_time_s(number) for number in range(ROUNDS)]
    median_s = statistics.median(times_s)
    print(
        f"container start to first 200: median {median_s:.2f} s of {ROUNDS} starts "
        f"({min(times_s):.2f} to {max(times_s):.2f}), goal < {GOAL_S:.0f} s: "
        f"{_verdict(median_s < GOAL_S)}"
    )


def _verdict(is_met: bool) -> str:
    return "met" if is_met else "MISSED"


def _compressed_bytes_over_base() -> int:
    base_layers = len(json.loads(_docker("image", "inspect", BASE))[0]["RootFS"]["Layers"])
    process = subprocess.run(["docker", "save", IMAGE], capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(process.stdout)) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))
        layers = manifest[0]["Layers"][base_layers:]
        return sum(
            len(zlib.compress(archive.extractfile(layer).read(), 6, wbits=31)) for layer in layers
        )


@contextmanager
def _migrated_database() -> Iterator[None]:
    _docker("network", "create", NETWORK)
    database = _docker(
        "run", "--detach", "--rm", "--network", NETWORK, "--network-alias", "database", *DATABASE
    ).strip()
    try:
        _wait(lambda: _docker("run", "--rm", *APP, IMAGE, "db", "upgrade", fails=True))
        yield
    finally:
        _docker("rm", "--force", "--volumes", database)
        _docker("network", "rm", NETWORK)


def _start_time_s(number: int) -> float:
    print(f"start {number + 1} of {ROUNDS}", file=sys.stderr)
    port = _free_port()
    container = _docker("create", "--publish", f"127.0.0.1:{port}:6400", *APP, IMAGE).strip()
    try:
        begin = time.monotonic()
        _docker("start", container)
        _wait(lambda: _answers(port))
        return time.monotonic() - begin
    finally:
        _docker("rm", "--force", "--volumes", container)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api/v1/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _wait(is_done) -> None:
    give_up = time.monotonic() + 60
    while not is_done():
        if time.monotonic() > give_up:
            sys.exit("it did not come up within 60 s")
        time.sleep(0.02)


def _docker(*arguments: str, fails: bool = False):
    """The command's output, or, where it may fail, whether it did not."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if fails:
        return done.returncode == 0
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()
