// What a run was asked for. This is the only module that reads the environment (k6's -e NAME=value).

const USAGE = "k6 run -e ENDPOINT=http://127.0.0.1:6400 k6/smoke.js";

/** The base URL of TaskOverflow, without a slash at its end. */
export const endpoint = readEndpoint(__ENV.ENDPOINT);

/** The header with the API's key, if the environment has one; a variable, so that no command line shows it. */
export const authorization = __ENV.TODO_API_KEY ? { Authorization: `Bearer ${__ENV.TODO_API_KEY}` } : {};

/** How many times the users and the request rates of a script are multiplied. */
export const scale = readFactor("SCALE");

/** How many times faster than written a script's clock runs; it shortens every stage and every pause. */
export const speed = readFactor("SPEED");

/** Which of the published script's bugs planners-and-studiers-as-published has: none, status or both. */
export const bugs = readChoice("BUGS", ["both", "status", "none"]);

/** The folder that the summary's files go to, or undefined for none. */
export const outputFolder = __ENV.OUTPUT_FOLDER;

/** Which of several machines this is, for its requests' ids: each of them runs setup(), as user 0. */
export const machine = __ENV.MACHINE ? `${__ENV.MACHINE}.` : "";

/** The id of this run, given or made of the script's name and the time. Call it in setup() only: VUs would differ. */
export function runIdOf(script) {
  const given = __ENV.RUN_ID;
  if (given === undefined) {
    const digits = new Date().toISOString().replace(/\D/g, "");
    return `${script}-${digits.slice(0, 8)}-${digits.slice(8, 14)}`;
  }
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(given)) {
    throw new Error(`RUN_ID is "${given}": it may have 1 to 64 letters, digits, dots, underscores and dashes.`);
  }
  return given;
}

/** A duration as k6 writes it, of so many seconds on the script's clock. */
export function seconds(count) {
  return `${Math.max(1, Math.round((count * 1000) / speed))}ms`;
}

/** A count of users, iterations or requests at this scale; at least one. */
export function scaled(count) {
  return Math.max(1, Math.round(count * scale));
}

/** Iterations per second on the wall's clock, of a rate that is written for the script's clock. */
export function scaledRate(perSecond) {
  return perSecond * scale * speed;
}

function readEndpoint(value) {
  if (!value) {
    throw new Error(`ENDPOINT is missing. Usage: ${USAGE}`);
  }
  const match = /^(https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?(?:\/[A-Za-z0-9._~-]+)*)\/?$/.exec(value);
  if (match === null) {
    throw new Error(`ENDPOINT is "${value}": it must be http:// or https://, a host, and maybe a port and a path. Usage: ${USAGE}`);
  }
  return match[1];
}

function readFactor(name) {
  const value = __ENV[name];
  if (value === undefined || value === "") {
    return 1;
  }
  if (!/^(\d+\.?\d*|\.\d+)$/.test(value) || Number(value) === 0) {
    throw new Error(`${name} is "${value}": it must be a number over 0, such as 0.1 or 10.`);
  }
  return Number(value);
}

function readChoice(name, choices) {
  const value = __ENV[name] || choices[0];
  if (!choices.includes(value)) {
    throw new Error(`${name} is "${value}": it must be one of ${choices.join(", ")}.`);
  }
  return value;
}
