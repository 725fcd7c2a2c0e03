// How many requests a second does it take before they have to wait? Rates that rise step by step, until past the knee.

import { begin, common } from "./lib/client.js";
import { scaledRate, speed } from "./lib/config.js";
import { visit } from "./lib/journeys.js";
import { summaryOf } from "./lib/summary.js";
import { answersOf, promises } from "./lib/thresholds.js";
import { stepOf, steps } from "./lib/workloads.js";

const RATES = [10, 25, 50, 75, 100, 150, 200, 300].map((target) => ({ duration: 30, target }));
const MOST_MS = 500; // a list that takes longer makes its user wait
const VISITS = new Map(RATES.map(({ duration, target }) => [label(target), (scaledRate(target) * duration) / speed]));

export const options = {
  ...common,
  scenarios: { visitor: steps("visitOnce", RATES) },
  thresholds: {
    // Any server has its knee: what must hold is the first step, and that each step was measured.
    ...promises({ routes: {}, checks: "rate>0.5", failed: "rate<0.5", echoed: "rate>0.99" }),
    ...answersOf(`step:${label(RATES[0].target)}`, { atLeast: 1, p95: MOST_MS }),
    ...Object.assign({}, ...RATES.slice(1).map(({ target }) => answersOf(`step:${label(target)}`, { atLeast: 0 }))),
  },
};

export const setup = () => begin("capacity");
export const handleSummary = summaryOf("capacity", { remarks: knee });

export function visitOnce(run) {
  visit(run, { step: label(stepOf(RATES)) });
}

/** The rate of a step at this scale and speed, as its samples are tagged. */
function label(target) {
  return String(Number(scaledRate(target).toFixed(2)));
}

function knee({ parts }) {
  const firstBad = parts.findIndex((step) => !isGood(step));
  if (firstBad === 0) {
    return [`Not even the first step had a good answer to each visit and a p95 under ${MOST_MS} ms.`];
  }
  const last = parts[firstBad === -1 ? parts.length - 1 : firstBad - 1];
  return [`The p95 is under ${MOST_MS} ms up to ${last.name} visits a second${firstBad === -1 ? ", the last step: raise SCALE" : ""}.`];
}

// Refusals are quick, so a good p95 says nothing unless most visits had a good answer. Each has 1.1 on average.
function isGood({ name, count, p95_ms: p95 }) {
  return count >= Math.floor(VISITS.get(name)) && p95 < MOST_MS;
}
