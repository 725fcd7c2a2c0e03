// The shapes of load, apart from what its users do. Each function gives a scenario for k6's options; `name` is that of the exported function that it runs.

import exec from "k6/execution";

import { scale, scaled, scaledRate, seconds, speed } from "./config.js";

const GRACEFUL_STOP = "65s"; // longer than a request may take, so that the slowest are counted too
const STUDIERS_RAMP = [
  { duration: 60, target: 1500 },
  { duration: 180, target: 7500 },
  { duration: 120, target: 0 },
];

/** Whether users arrive at given rates instead of coming back by themselves. */
export const isOpen = scale > 1;

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
export function studiers(name) {
  return isOpen ? steps(name, STUDIERS_RATES) : { ...ramp(STUDIERS_RAMP), exec: name };
}

/** How often the planners write a todo and delete it again. */
export const PLANS = Math.max(scaled(20), scaled(200));

/** The published 20 planners, who share 200 iterations of 20 s; beyond scale 1 as many plans a second. */
export function planners(name) {
  if (isOpen) return { ...constant(name, 1, 200), preAllocatedVUs: scaled(20), maxVUs: scaled(200) };
  return { executor: "shared-iterations", vus: scaled(20), iterations: PLANS, maxDuration: "10m", exec: name };
}

/** Rates (iterations per second) that are held for their duration (seconds), one after the other. */
export function steps(name, rates) {
  return arrivals(name, rates.flatMap(({ duration, target }) => [{ duration: 0, target }, { duration, target }]));
}

/** The rate of the step that runs now, out of those that `steps` was given. */
export function stepOf(rates) {
  let left = (Date.now() - exec.scenario.startTime) * (speed / 1000);
  const running = rates.find(({ duration }) => (left -= duration) < 0);
  return (running || rates[rates.length - 1]).target;
}

/** One rate (iterations per second) for so many seconds. */
export function constant(name, perSecond, count) {
  const rate = scaledRate(perSecond);
  return {
    executor: "constant-arrival-rate",
    exec: name,
    timeUnit: "1m",
    rate: Math.max(1, Math.round(rate * 60)),
    duration: seconds(count),
    preAllocatedVUs: Math.ceil(rate),
    maxVUs: Math.ceil(rate * 10),
    gracefulStop: GRACEFUL_STOP,
  };
}

/** Rates that are reached in a straight line from the one before, from 0 at first. */
export function arrivals(name, stages) {
  const peak = Math.max(...stages.map(({ target }) => scaledRate(target)));
  return {
    executor: "ramping-arrival-rate",
    exec: name,
    // k6 takes whole rates only: counted per minute, those of a small scale are exact enough.
    timeUnit: "1m",
    startRate: 0,
    stages: stages.map(({ duration, target }) => ({
      duration: duration === 0 ? "0s" : seconds(duration),
      target: Math.round(scaledRate(target) * 60),
    })),
    preAllocatedVUs: Math.ceil(peak),
    maxVUs: Math.ceil(peak * 10),
    gracefulStop: GRACEFUL_STOP,
  };
}

function ramp(stages) {
  return {
    executor: "ramping-vus",
    stages: stages.map(({ duration, target }) => ({ duration: seconds(duration), target: scaled(target) })),
  };
}
