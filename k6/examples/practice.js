// The load on an exercise of `todo practice`: PRACTICE_RATES is JSON, { "METHOD /path": requests a second }.

import { begin, common, json, send } from "../lib/client.js";
import { summaryOf } from "../lib/summary.js";

const rates = JSON.parse(__ENV.PRACTICE_RATES);
const SECONDS = 8;
const USERS = 100;

export const options = { ...common, scenarios: Object.fromEntries(Object.entries(rates).map(scenario)) };

export const setup = () => begin("practice");
export const handleSummary = summaryOf("practice");

export function ask(run) {
  const [method, path] = __ENV.REQUEST.split(" ");
  send(run, method, path, { ...(method === "GET" ? {} : json({})), name: __ENV.REQUEST });
}

function scenario([request, rate], number) {
  return [
    `load_${number}`,
    {
      executor: "constant-arrival-rate",
      exec: "ask",
      env: { REQUEST: request },
      rate,
      duration: `${SECONDS}s`,
      preAllocatedVUs: USERS,
      maxVUs: USERS,
      gracefulStop: "20s",
    },
  ];
}
