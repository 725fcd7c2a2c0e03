// What does a slow route look like? Lists, and now and then the overview of slow_app.py, which sends 51 statements.

import exec from "k6/execution";

import { begin, common, send } from "../lib/client.js";
import { list } from "../lib/journeys.js";
import { summaryOf } from "../lib/summary.js";
import { promises } from "../lib/thresholds.js";
import { constant } from "../lib/workloads.js";

export const options = {
  ...common,
  scenarios: { reader: constant("readOnce", 20, 20) },
  thresholds: promises({ routes: { "GET /todos": { atLeast: 100, p95: 500 }, "GET /overview": { atLeast: 10, p95: 100 } } }),
};

export const setup = () => begin("slow");
export const handleSummary = summaryOf("slow");

export function readOnce(run) {
  if (exec.scenario.iterationInTest % 10 === 0) {
    send(run, "GET", "/api/v1/overview", { name: "GET /overview" });
  } else {
    list(run);
  }
}
