// The scenario with the bugs of the script that went around with it, to compare with figures got from that.
//
// BUGS=status: creating is checked for 200, and the API answers 201, so these checks fail on any server.
// BUGS=both (the default): the id is read from the wrong object too, and the address to delete has quotes around it,
// so nothing is ever deleted: those checks fail without a request, and the list grows. BUGS=none has neither.

import { check } from "k6";

import { begin, common } from "./lib/client.js";
import { bugs, scale } from "./lib/config.js";
import { create, pause, plan, remove, SECOND_THOUGHTS_S, study } from "./lib/journeys.js";
import { summaryOf } from "./lib/summary.js";
import { promises } from "./lib/thresholds.js";
import { PLANS, planners, studiers } from "./lib/workloads.js";

// Of about 15,073 checks, 200 fail with each bug on the best of servers.
const BEST_CHECKS = { both: 0.97, status: 0.98, none: 0.99 };

export const options = {
  ...common,
  scenarios: { studier: studiers("studyOnce"), planner: planners("planOnce") },
  thresholds: promises({
    routes: {
      "GET /todos": { atLeast: Math.floor(14200 * scale), p95: 500 },
      "POST /todos": { atLeast: Math.floor(0.99 * PLANS) },
    },
    checks: `rate>${BEST_CHECKS[bugs]}`,
  }),
};

export const setup = () => begin("planners-and-studiers-as-published");
export const studyOnce = study;
export const handleSummary = summaryOf("planners-and-studiers-as-published", { isPublished: true });

export function planOnce(run) {
  if (bugs === "none") {
    plan(run);
    return;
  }
  const id = create(run, { status: 200 });
  pause(SECOND_THOUGHTS_S);
  if (bugs === "status") {
    remove(run, id);
  } else {
    check(undefined, { "todo is deleted": () => false });
  }
  pause(SECOND_THOUGHTS_S);
}
