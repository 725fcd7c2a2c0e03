// What users do. Each function is one iteration of one user.

import { sleep } from "k6";
import exec from "k6/execution";

import { speed } from "./config.js";
import { json, send } from "./client.js";
import { isOpen } from "./workloads.js";

const TODOS = "/api/v1/todos";
const WORK_S = 120;
export const SECOND_THOUGHTS_S = 10;
const MISSPELT = { title: "Finish the cloud assigment", completed: false, description: "", deadline_at: "2027-03-01T16:00:00" };

/** The routes that `walk` asks, by the names under which their samples are grouped. */
export const ROUTES = [
  "GET /health",
  "GET /health/ready",
  "GET /todos",
  "POST /todos",
  "GET /todos/:id",
  "PUT /todos/:id",
  "PATCH /todos/:id",
  "DELETE /todos/:id",
];

export function list(run) {
  return send(run, "GET", TODOS, {
    name: "GET /todos",
    checks: { "todos are listed": (response) => response.status === 200 },
  });
}

/** The id of a new todo; undefined when there is none. `status` is the one that the check wants. */
export function create(run, { status = 201 } = {}) {
  const response = send(run, "POST", TODOS, {
    ...json(MISSPELT),
    name: "POST /todos",
    expected: 201,
    keepBody: true,
    checks: { "todo is created": (answer) => answer.status === status },
  });
  return response.status === 201 ? response.json("id") : undefined;
}

export function remove(run, id) {
  return send(run, "DELETE", `${TODOS}/${id}`, {
    name: "DELETE /todos/:id",
    checks: { "todo is deleted": (response) => response.status === 200 },
  });
}

/** One request to each route. */
export function walk(run) {
  ask(run, "GET /health", "/api/v1/health");
  ask(run, "GET /health/ready", "/api/v1/health/ready");
  list(run);
  const id = create(run);
  if (id === undefined) {
    return;
  }
  ask(run, "GET /todos/:id", `${TODOS}/${id}`);
  ask(run, "PUT /todos/:id", `${TODOS}/${id}`, json({ title: "Finish the cloud assignment" }));
  ask(run, "PATCH /todos/:id", `${TODOS}/${id}`, json({ completed: true }));
  remove(run, id);
}

/** A studier looks up what there is to do, and then does it for two minutes; where others arrive meanwhile, unseen. */
export function study(run) {
  list(run);
  if (!isOpen) pause(WORK_S);
}

/** A planner writes a todo, notices the mistake in it, and deletes it again. */
export function plan(run) {
  const id = create(run);
  pause(SECOND_THOUGHTS_S);
  if (id !== undefined) {
    remove(run, id);
  }
  if (!isOpen) pause(SECOND_THOUGHTS_S);
}

/**
 * What most users do most of the time: they list, and every twentieth writes and deletes as well.
 *
 * `tags` say which part of the run this is.
 */
export function visit(run, tags = {}) {
  Object.assign(exec.vu.metrics.tags, tags);
  list(run);
  if (exec.scenario.iterationInTest % 20 !== 0) {
    return;
  }
  const id = create(run);
  if (id !== undefined) {
    remove(run, id);
  }
}

function ask(run, name, path, request = {}) {
  const [method] = name.split(" ");
  return send(run, method, path, { ...request, name, checks: { [`${name} answers 200`]: (answer) => answer.status === 200 } });
}

/** Sleeps for so many seconds on the script's clock. */
export function pause(count) {
  sleep(count / speed);
}
