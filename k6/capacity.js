// How many requests a second does it take before they have to wait? Rates that rise step by step, until past the knee.

import { begin, common } from "./lib/client.js";
import { visit } from "./lib/journeys.js";
import { summaryOf } from "./lib/summary.js";
import { answersOf, promises } from "./lib/thresholds.js";
import { stepOf, steps } from "./lib/workloads.js";

const RATES = [10, 25, 50, 75, 100, 150, 200, 300].map((target) => ({ duration: 30, target }));
const MOST_MS = 500; // a list that takes longer makes its user wait

export const options = {
  ...common,
  scenarios: { visitor: steps("visitOnce", RATES) },
  thresholds: {
    // Any server has its knee: what must hold is the first step, and that each step was measured.
    ...promises({ routes: {}, checks: "rate>0.5", failed: "rate<0.5", echoed: "rate>0.99" }),
    ...answersOf(`step:${RATES[0].target}`, { atLeast: 1, p95: MOST_MS }),
    ...Object.assign({}, ...RATES.slice(1).map(({ target }) => answersOf(`step:${target}`, { atLeast: 0 }))),
  },
};

export const setup = () => begin("capacity");
export const handleSummary = summaryOf("capacity", { remarks: knee });

export function visitOnce(run) {
  visit(run, { step: String(stepOf(RATES)) });
}

function knee({ parts }) {
  const good = parts.filter((step) => step.count > 0 && step.p95_ms < MOST_MS);
  const last = good[good.length - 1];
  if (last === undefined) {
    return [`No step had a p95 under ${MOST_MS} ms.`];
  }
  const isLast = last === parts[parts.length - 1];
  return [`The p95 is under ${MOST_MS} ms up to ${last.name} visits a second${isLast ? ", the last step: raise SCALE" : ""}.`];
}
