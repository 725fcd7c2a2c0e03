// Does it stay as it is? Forty visits a second for half an hour; the last third must be as quick as the first.

import exec from "k6/execution";

import { begin, common } from "./lib/client.js";
import { scaledRate, seconds, speed } from "./lib/config.js";
import { visit } from "./lib/journeys.js";
import { summaryOf } from "./lib/summary.js";
import { answersOf, promises } from "./lib/thresholds.js";
import { constant } from "./lib/workloads.js";

const LENGTH_S = 1800;
const RATE = 40;
const THIRDS = ["1 first third", "2 second third", "3 last third"];
const EXPECTED = ((RATE * LENGTH_S) / 3) * (scaledRate(1) / speed); // visits of a third

export const options = {
  ...common,
  scenarios: { visitor: constant("visitOnce", RATE, LENGTH_S) },
  thresholds: {
    ...promises({ routes: {} }),
    ...Object.assign({}, ...THIRDS.map((third) => answersOf(`phase:${third}`, { atLeast: Math.floor(0.9 * EXPECTED), p95: 500 }))),
  },
};

export const setup = () => begin("soak");
export const handleSummary = summaryOf("soak", { remarks: drift });

export function visitOnce(run) {
  const elapsed = (Date.now() - exec.scenario.startTime) * (speed / 1000);
  visit(run, { phase: THIRDS[Math.min(2, Math.floor((elapsed * 3) / LENGTH_S))] });
}

function drift({ parts }) {
  const [first, , last] = parts;
  return last && first.p95_ms ? [`The p95 of the last third is ${(last.p95_ms / first.p95_ms).toFixed(2)} times that of the first.`] : [];
}
