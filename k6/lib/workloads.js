// The shapes of load, apart from what its users do. Each function is a scenario for k6's options.

import { scale, scaled, scaledRate, seconds } from "./config.js";

const STUDIERS_RAMP = [
  { duration: 60, target: 1500 },
  { duration: 180, target: 7500 },
  { duration: 120, target: 0 },
];

// How many lists a second the ramp above asks for, as long as each is answered at once: a user's first on arrival, and
// another each 120 s. On the way down the users that came last leave first, and only those that stay list again.
const STUDIERS_RATES = [
  { duration: 60, target: 25 },
  { duration: 60, target: 33.33 },
  { duration: 60, target: 58.33 },
  { duration: 60, target: 66.67 },
  { duration: 41.7, target: 58.33 },
  { duration: 18.3, target: 25 },
  { duration: 23.5, target: 33.33 },
];

/** The published ramp of users who list the todos and then work for 120 s; beyond scale 1 its request rates. */
export function studiers(exec) {
  return scale > 1 ? steps(exec, STUDIERS_RATES) : { ...ramp(STUDIERS_RAMP), exec };
}

/** How often the planners write a todo and delete it again. */
export const PLANS = Math.max(scaled(20), scaled(200));

/** The published 20 planners, who share 200 iterations. */
export function planners(exec) {
  return { executor: "shared-iterations", vus: scaled(20), iterations: PLANS, maxDuration: "10m", exec };
}

/** Rates (iterations per second) that are held for their duration (seconds), one after the other. */
export function steps(exec, rates) {
  return arrivals(exec, rates.flatMap(({ duration, target }) => [{ duration: 0, target }, { duration, target }]));
}

/** Rates that are reached in a straight line from the one before, from 0 at first. */
export function arrivals(exec, stages) {
  const peak = Math.max(...stages.map(({ target }) => scaledRate(target)));
  return {
    executor: "ramping-arrival-rate",
    exec,
    // k6 takes whole rates only: counted per minute, those of a small scale are exact enough.
    timeUnit: "1m",
    startRate: 0,
    stages: stages.map(({ duration, target }) => ({
      duration: duration === 0 ? "0s" : seconds(duration),
      target: Math.round(scaledRate(target) * 60),
    })),
    preAllocatedVUs: Math.ceil(peak),
    maxVUs: Math.ceil(peak * 10),
    gracefulStop: "65s", // longer than a request may take, so that the slowest are counted too
  };
}

function ramp(stages) {
  return {
    executor: "ramping-vus",
    stages: stages.map(({ duration, target }) => ({ duration: seconds(duration), target: scaled(target) })),
  };
}
