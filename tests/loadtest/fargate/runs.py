"""Load tests of a few seconds, and what they leave."""

import csv
import threading

__all__ = ["LONG", "SHORT", "beyond_loopback", "in_background", "rows"]

SHORT = """
import http from "k6/http";
export const options = {
  scenarios: { all: { executor: "shared-iterations", vus: 4, iterations: 40 } },
  thresholds: { http_reqs: ["count>=40"] },
};
export default () => http.get(`${__ENV.ENDPOINT}/api/v1/todos`);
"""
LONG = """
import http from "k6/http";
import { sleep } from "k6";
export const options = { vus: 4, duration: "10m" };
export default () => { http.get(`${__ENV.ENDPOINT}/api/v1/todos`); sleep(0.05); };
"""


def beyond_loopback(url):
    """The address of a server on this machine that a task of AWS would have to reach, too."""
    return url.replace("127.0.0.1", "0.0.0.0")


def rows(folder, metric):
    with (folder / "samples.csv").open() as file:
        return [row for row in csv.DictReader(file) if row["metric_name"] == metric]


def in_background(target):
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    return thread
