// Requests to TaskOverflow. Each has an ID of its own in its header and on every sample that k6 keeps of it.

import { check } from "k6";
import exec from "k6/execution";
import http from "k6/http";
import { Counter, Rate } from "k6/metrics";

import { authorization, endpoint, machine, runIdOf } from "./config.js";

// An ALB gives up after 60 s as well, so a request that takes longer never has an answer.
const TIMEOUT = "60s";

// Of the requests that k6 cuts off at the end of a run it keeps no other sample than this.
const started = new Counter("requests_started");
const echoed = new Rate("correlation_echoed");
const clientErrors = new Counter("client_errors");
const serverErrors = new Counter("server_errors");
const unanswered = new Counter("unanswered");

// Health checks that succeed have no log line, whatever a script calls them: the report must not miss it.
const HEALTH = "/api/v1/health";

let sent = 0; // by this VU, since each VU has a module of its own

/** Options of every script. */
export const common = {
  discardResponseBodies: true,
  systemTags: ["name", "status", "scenario", "check", "error", "error_code", "expected_response"],
  summaryTrendStats: ["min", "avg", "p(50)", "p(95)", "p(99)", "max", "count"],
  dns: { ttl: "30s", select: "roundRobin" }, // an ALB's addresses change while it grows
};

/** What setup() hands to the scenarios. Ends the run, with exit code 108, when nobody answers. */
export function begin(script) {
  const run = { script, id: runIdOf(script), startedAt: new Date().toISOString() };
  // Another app than TaskOverflow need not have this route.
  const answer = send(run, "GET", HEALTH, { name: "GET /health", expected: [200, 404] });
  if (![200, 404].includes(answer.status)) {
    exec.test.abort(`${endpoint}${HEALTH} answers ${answer.status || answer.error}, so there is nothing to test.`);
  }
  return run;
}

/**
 * The response to one request, after the checks on it.
 *
 * `name` is the route, under which samples are grouped. `expected` is the status that counts as success, or several.
 * `checks` are k6's checks. The body of the response is there only with `keepBody`.
 */
export function send(run, method, path, options) {
  const { name, body = null, headers = {}, checks = {}, keepBody = false } = options;
  const expected = [options.expected ?? 200].flat();
  sent += 1;
  const id = `${run.id}-${machine}${exec.vu.idInTest}-${sent}`;
  exec.vu.metrics.metadata.correlation_id = id;
  if (path.startsWith(HEALTH)) {
    exec.vu.metrics.metadata.unlogged = "true";
  }
  started.add(1, { name });
  const response = http.request(method, endpoint + path, body, {
    headers: { "X-Correlation-ID": id, "X-Run-ID": run.id, ...authorization, ...headers },
    tags: { name },
    timeout: TIMEOUT,
    responseType: keepBody ? "text" : "none",
    responseCallback: http.expectedStatuses(...expected),
  });
  if (response.status !== 0) {
    echoed.add(response.headers["X-Correlation-Id"] === id, { name });
  }
  countFailure(response, expected);
  check(response, checks);
  delete exec.vu.metrics.metadata.correlation_id;
  delete exec.vu.metrics.metadata.unlogged;
  return response;
}

/** The request's body and its header, for `send`. */
export function json(value) {
  return { body: JSON.stringify(value), headers: { "Content-Type": "application/json" } };
}

function countFailure(response, expected) {
  if (expected.includes(response.status)) {
    return;
  }
  if (response.status === 0) {
    unanswered.add(1);
  } else if (response.status >= 500) {
    serverErrors.add(1);
  } else {
    clientErrors.add(1);
  }
}
