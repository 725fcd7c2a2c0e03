// At which rate does it break? One long ramp, which ends as soon as requests fail or take too long.

import { begin, common } from "./lib/client.js";
import { scaledRate, seconds, speed } from "./lib/config.js";
import { visit } from "./lib/journeys.js";
import { summaryOf } from "./lib/summary.js";
import { aborting, promises } from "./lib/thresholds.js";
import { arrivals } from "./lib/workloads.js";

const RAMP = [{ duration: 1200, target: 1000 }];

export const options = {
  ...common,
  scenarios: { visitor: arrivals("visitOnce", RAMP) },
  thresholds: aborting(
    promises({ routes: { "GET /todos": { atLeast: 1, p95: 2000 } }, failed: "rate<0.05", checks: "rate>0.95" }),
    seconds(30),
  ),
};

export const setup = () => begin("breakpoint");
export const visitOnce = (run) => visit(run);
export const handleSummary = summaryOf("breakpoint", { remarks: breakingPoint });

function breakingPoint({ duration_s: duration, thresholds }) {
  const broken = thresholds.filter(({ ok }) => !ok).map(({ metric, expression }) => `${metric} ${expression}`);
  const [{ duration: length, target }] = RAMP;
  const pace = `${Math.round(scaledRate(target) * Math.min(1, (duration * speed) / length))} visits a second`;
  return [broken.length === 0 ? `It held to the end of the ramp, ${pace}.` : `It broke after ${duration} s, at about ${pace}: ${broken.join(", ")}.`];
}
