// Does every route answer at all? One user asks each of them, twenty times.

import { begin, common } from "./lib/client.js";
import { scaled } from "./lib/config.js";
import { ROUTES, walk } from "./lib/journeys.js";
import { summaryOf } from "./lib/summary.js";
import { promises } from "./lib/thresholds.js";

const ITERATIONS = scaled(20);

export const options = {
  ...common,
  scenarios: { walk: { executor: "shared-iterations", vus: 1, iterations: ITERATIONS, exec: "walkOnce" } },
  thresholds: promises({
    routes: Object.fromEntries(ROUTES.map((name) => [name, { atLeast: ITERATIONS, p95: 500 }])),
    checks: "rate==1",
    failed: "rate==0",
    echoed: "rate==1",
  }),
};

export const setup = () => begin("smoke");
export const walkOnce = walk;
export const handleSummary = summaryOf("smoke");
