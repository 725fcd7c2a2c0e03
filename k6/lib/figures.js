// What a run came to, as plain numbers, out of what k6 hands to handleSummary().

import { endpoint, scale, speed } from "./config.js";

/** The run that TaskOverflow published: the share of its checks that passed, and the p95 of all its requests. */
export const PUBLISHED = { checks_rate: 0.9247, p95_ms: 51700 };

const GOOD = /^http_reqs\{(name|step|phase):(.+),expected_response:true\}$/;

/** The figures of a run; summary.json is exactly this. */
export function figuresOf(script, data, { isPublished = false } = {}) {
  const run = data.setup_data || {};
  const value = (metric, name) => valuesOf(data, metric)[name] || 0;
  const started = value("requests_started", "count");
  const finished = value("http_reqs", "count");
  return {
    run_id: run.id || null, // none when nobody answered
    script,
    endpoint,
    scale,
    speed,
    started_at: run.startedAt || null,
    ended_at: new Date().toISOString(),
    duration_s: round(data.state.testRunDurationMs / 1000),
    requests: {
      started,
      finished,
      unfinished: started - finished,
      failed: value("http_req_failed", "passes"),
      per_second: round(value("http_reqs", "rate")),
      p95_ms: round(value("http_req_duration", "p(95)")),
      blocked_p95_ms: round(value("http_req_blocked", "p(95)")),
    },
    checks: { passed: value("checks", "passes"), failed: value("checks", "fails"), rate: value("checks", "rate") },
    answers: {
      client_errors: value("client_errors", "count"),
      server_errors: value("server_errors", "count"),
      none: value("unanswered", "count"),
    },
    routes: seriesOf(data, "name"),
    parts: [...seriesOf(data, "step"), ...seriesOf(data, "phase")],
    dropped_iterations: value("dropped_iterations", "count"),
    // Sampled once a second, so that a run of less than one has only those that were made for it.
    peak_vus: value("vus", "max") || value("vus_max", "max") || 1,
    received_bytes: value("data_received", "count"),
    thresholds: thresholdsOf(data),
    ...(isPublished ? { published: PUBLISHED } : {}),
  };
}

/** The good answers and their latencies, of each value of a tag that has thresholds, in the order of their names. */
function seriesOf(data, tag) {
  const names = Object.keys(data.metrics).flatMap((metric) => {
    const match = GOOD.exec(metric);
    return match && match[1] === tag ? [match[2]] : [];
  });
  // k6's localeCompare() knows no numeric order, and would put 100 before 25.
  const byNumberThenName = (left, right) => parseFloat(left) - parseFloat(right) || (left < right ? -1 : 1);
  return names.sort(byNumberThenName).map((name) => {
    const labels = `{${tag}:${name},expected_response:true}`;
    const latency = valuesOf(data, `http_req_duration${labels}`);
    return {
      name,
      count: valuesOf(data, `http_reqs${labels}`).count || 0,
      p50_ms: round(latency["p(50)"]),
      p95_ms: round(latency["p(95)"]),
      p99_ms: round(latency["p(99)"]),
      max_ms: round(latency.max),
    };
  });
}

/** Each threshold with whether it held and the value that decided. */
function thresholdsOf(data) {
  return Object.keys(data.metrics)
    .sort()
    .flatMap((metric) =>
      Object.entries(data.metrics[metric].thresholds || {}).map(([expression, { ok }]) => ({
        metric,
        expression,
        ok,
        value: round(valuesOf(data, metric)[expression.split(/[<>=!]/)[0]], 4),
      })),
    );
}

function valuesOf(data, metric) {
  return (data.metrics[metric] || { values: {} }).values;
}

function round(value, digits = 2) {
  return value === undefined ? null : Number(value.toFixed(digits));
}
