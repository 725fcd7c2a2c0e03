// Promises that a run must keep. None can pass because nothing happened: k6 finds that an empty series keeps every
// promise about its percentiles and rates, so each is paired with a count of good answers.

/**
 * Thresholds over a whole run.
 *
 * `routes` maps a route to { atLeast, p95, p99 }: good answers, and milliseconds that they may take.
 * `checks` and `failed` are shares of 1. `series` adds promises on parts of a run, in the words of k6.
 */
export function promises({ routes, checks = "rate>0.99", failed = "rate<0.01", echoed = "rate>0.99", series = {} }) {
  const thresholds = { checks: [checks], http_req_failed: [failed], correlation_echoed: [echoed], ...series };
  for (const [name, { atLeast, p95, p99 }] of Object.entries(routes)) {
    Object.assign(thresholds, answersOf(`name:${name}`, { atLeast, p95, p99 }));
  }
  return thresholds;
}

/** Thresholds on the good answers among the requests with this tag, such as "name:GET /todos". */
export function answersOf(tag, { atLeast, p95, p99 }) {
  const good = `{${tag},expected_response:true}`;
  const limits = [];
  if (p95 !== undefined) limits.push(`p(95)<${p95}`);
  if (p99 !== undefined) limits.push(`p(99)<${p99}`);
  return { [`http_reqs${good}`]: [`count>=${atLeast}`], [`http_req_duration${good}`]: limits };
}

/** The same thresholds, each of which ends the run once it is broken; not before `after`, a duration. */
export function aborting(thresholds, after) {
  const abort = (threshold) => ({ threshold, abortOnFail: true, delayAbortEval: after });
  return Object.fromEntries(Object.entries(thresholds).map(([metric, list]) => [metric, list.map(abort)]));
}
