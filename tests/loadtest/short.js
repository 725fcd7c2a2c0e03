// A load test of a few seconds that writes samples as `todo load` expects them of a script.
import exec from "k6/execution";
import http from "k6/http";
import { check } from "k6";
import { Counter } from "k6/metrics";

const started = new Counter("requests_started");
const base = `${__ENV.ENDPOINT}/api/v1`;
let sent = 0;

export const options = {
  vus: 2,
  iterations: 20,
  thresholds: { checks: ["rate==1"] },
};

function request(method, route, path, body) {
  sent += 1;
  const id = `${__ENV.RUN_ID}-${exec.vu.idInTest}-${sent}`;
  const name = `${method} ${route}`;
  exec.vu.metrics.metadata.correlation_id = id;
  started.add(1, { name });
  const headers = { "Content-Type": "application/json", "X-Correlation-ID": id, "X-Run-ID": __ENV.RUN_ID };
  const answer = http.request(method, base + path, body, { headers, tags: { name } });
  check(answer, { "answers as it should": (each) => each.status < 300 });
  delete exec.vu.metrics.metadata.correlation_id;
  return answer;
}

export function setup() {
  request("GET", "/health", "/health");
}

export default function () {
  request("GET", "/todos", "/todos");
  const made = request("POST", "/todos", "/todos", JSON.stringify({ title: "write the report" }));
  request("DELETE", "/todos/:id", `/todos/${made.json("id")}`);
  if (exec.scenario.iterationInTest === 0) request("GET", "/todos/:id", "/todos/0");
}
