// Does it come back after a rush? A quiet minute, thirty seconds at ten times that, and a quiet minute again.

import exec from "k6/execution";

import { begin, common } from "./lib/client.js";
import { speed } from "./lib/config.js";
import { visit } from "./lib/journeys.js";
import { summaryOf } from "./lib/summary.js";
import { answersOf, promises } from "./lib/thresholds.js";
import { steps } from "./lib/workloads.js";

const QUIET = { duration: 60, target: 10 };
const RUSH = { duration: 30, target: 100 };
const RECOVERY_S = 10; // what waited through the rush may be answered in this time, and counts as part of it

export const options = {
  ...common,
  scenarios: { visitor: steps("visitOnce", [QUIET, RUSH, QUIET]) },
  thresholds: {
    ...promises({ routes: {}, checks: "rate>0.95", failed: "rate<0.05" }),
    ...answersOf("phase:1 before", { atLeast: 1, p95: 500 }),
    ...answersOf("phase:2 rush", { atLeast: 1 }),
    ...answersOf("phase:3 after", { atLeast: 1, p95: 500 }),
  },
};

export const setup = () => begin("spike");
export const handleSummary = summaryOf("spike");

export function visitOnce(run) {
  visit(run, { phase: phase((Date.now() - exec.scenario.startTime) * (speed / 1000)) });
}

function phase(elapsed) {
  if (elapsed < QUIET.duration) {
    return "1 before";
  }
  return elapsed < QUIET.duration + RUSH.duration + RECOVERY_S ? "2 rush" : "3 after";
}
