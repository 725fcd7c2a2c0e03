// Does TaskOverflow carry the class? The published scenario, with its checks corrected.
//
// 7,500 studiers come and go over six minutes, while 20 planners cannot make up their minds.

import { begin, common } from "./lib/client.js";
import { scale, scaled } from "./lib/config.js";
import { plan, study } from "./lib/journeys.js";
import { summaryOf } from "./lib/summary.js";
import { promises } from "./lib/thresholds.js";
import { PLANS, planners, studiers } from "./lib/workloads.js";

export const options = {
  ...common,
  scenarios: { studier: studiers("studyOnce"), planner: planners("planOnce") },
  thresholds: promises({
    routes: {
      // A server that answers at once gets 14,673 lists. Fewer come from one that made its users wait.
      "GET /todos": { atLeast: Math.floor(14200 * scale), p95: 500, p99: 1500 },
      "POST /todos": { atLeast: Math.floor(0.99 * PLANS), p95: 800 },
      "DELETE /todos/:id": { atLeast: Math.floor(0.99 * PLANS), p95: 800 },
    },
    series: { server_errors: [`count<${scaled(50)}`] },
  }),
};

export const setup = () => begin("planners-and-studiers");
export const studyOnce = study;
export const planOnce = plan;
export const handleSummary = summaryOf("planners-and-studiers", { isPublished: true });
