"""The figures of a report once more, from k6's CSV file and the log lines, with nothing of the app
and no database: `python tests/loadtest/recomputed.py samples.csv lines.ndjson` prints them.
"""

import csv
import json
import math
import sys
from collections import Counter, defaultdict
from urllib.parse import parse_qs


def percentile(values, rank):
    """Between the two nearest, in proportion."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = (len(ordered) - 1) * rank / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def requests_of(samples):
    """What k6 measured, by correlation ID."""
    found = defaultdict(dict)
    for row in samples:
        ids = parse_qs(row["metadata"]).get("correlation_id")
        if ids:
            request = found[ids[0]]
            request[row["metric_name"]] = float(row["metric_value"])
            if row["metric_name"] == "http_reqs":
                request["name"], request["status"] = row["name"], int(row["status"])
                request["ended_ms"] = int(row["timestamp"])
            if row["metric_name"] == "requests_started":
                request["started_ms"] = int(row["timestamp"])
    return found


def latency_of(requests, lines):
    """A route's figures, or the whole run's."""
    client = [each["http_req_blocked"] + each["http_req_duration"] for each in requests.values()]
    both = {id_: lines[id_] for id_ in requests if id_ in lines}
    server = [line["duration_ms"] for line in both.values()]
    parts = [parts_of(requests[id_], line) for id_, line in both.items()]
    return {
        "n": len(requests),
        "failed": sum(each["http_req_failed"] == 1 for each in requests.values()),
        "n_both": len(both),
        **{f"client_p{rank}": percentile(client, rank) for rank in (50, 95, 99)},
        **{f"server_p{rank}": percentile(server, rank) for rank in (50, 95, 99)},
        "client_max": max(client),
        "server_max": max(server, default=None),
        "waited_ms": sum(client),
        **{name: mean(part[name] for part in parts) for name in PARTS},
        "cpu_ms": mean(line["cpu_ms"] for line in both.values()),
        "queries": mean(line.get("db_query_count", 0) for line in both.values()),
    }


PARTS = ("queue_ms", "application_ms", "database_ms")


def parts_of(request, line):
    """Where a client's time went."""
    total_ms = request["http_req_blocked"] + request["http_req_duration"]
    queue_ms = max(total_ms - line["duration_ms"], 0.0)
    spent = sum(line.get(name, 0) for name in ("db_time_ms", "db_commit_ms", "db_connect_ms"))
    database_ms = min(spent, line["duration_ms"], total_ms - queue_ms)
    rest_ms = total_ms - queue_ms - database_ms
    return dict(zip(PARTS, (queue_ms, rest_ms, database_ms), strict=True))


def mean(values):
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0


def figures(samples_path, lines):
    """Everything, by the names that report.json has."""
    with open(samples_path, newline="", encoding="utf-8") as file:
        samples = list(csv.DictReader(file))
    requests = {id_: each for id_, each in requests_of(samples).items() if "ended_ms" in each}
    canonical = {
        line["correlation_id"]: line for line in lines if line["event"] == "request_finished"
    }
    names = {each["name"] for each in requests.values()}
    checks = Counter(row["check"] for row in samples if row["metric_name"] == "checks")
    statements = defaultdict(list)
    for line in lines:
        if line["event"] == "query":
            text = " ".join(line["db_statement"].split())
            statements[text].append(line["db_duration_ms"])
    return {
        "totals": latency_of(requests, canonical),
        "routes": {
            name: latency_of({i: r for i, r in requests.items() if r["name"] == name}, canonical)
            for name in names
        },
        "sides": Counter("both" if id_ in canonical else "quiet" for id_ in requests),
        "checks": dict(checks),
        "failures": Counter(
            (each["name"], each["status"])
            for each in requests.values()
            if each["http_req_failed"] == 1
        ),
        "statements": {
            text: {"n": len(times), "total_ms": sum(times), "p95_ms": percentile(times, 95)}
            for text, times in statements.items()
        },
    }


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as read:
        print(json.dumps(figures(sys.argv[1], list(map(json.loads, read))), default=str, indent=2))
