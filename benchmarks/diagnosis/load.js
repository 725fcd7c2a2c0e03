// The load on a planted bottleneck: LOAD_PLAN is JSON, { rates: { "GET /path/N": per second }, seconds, users, pause_s }.

import { sleep } from "k6";
import exec from "k6/execution";

import { begin, common, json, send } from "../../k6/lib/client.js";
import { summaryOf } from "../../k6/lib/summary.js";

const plan = JSON.parse(__ENV.LOAD_PLAN);

export const options = {
  ...common,
  scenarios: Object.fromEntries(Object.entries(plan.rates).map(scenario)),
};

export const setup = () => begin(__ENV.LOAD_NAME);
export const handleSummary = summaryOf(__ENV.LOAD_NAME);

export function ask(run) {
  const [method, path] = __ENV.REQUEST.split(" ");
  const url = path.replace(/N$/, String(exec.scenario.iterationInTest + 1));
  const body = method === "GET" ? {} : json({});
  send(run, method, url, { ...body, name: __ENV.REQUEST });
  sleep(plan.pause_s);
}

function scenario([request, perSecond], number) {
  const rate = Math.max(1, Math.round(perSecond * 60));
  return [
    `load_${number}`,
    {
      executor: "constant-arrival-rate",
      exec: "ask",
      env: { REQUEST: request },
      timeUnit: "1m",
      rate,
      duration: `${plan.seconds}s`,
      preAllocatedVUs: plan.users,
      maxVUs: plan.users,
      gracefulStop: "20s",
    },
  ];
}
