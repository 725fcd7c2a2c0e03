// Does the API keep its contract? Each route and each kind of refusal once: status, body and headers.

import exec from "k6/execution";

import { begin, common, json, send } from "./lib/client.js";
import { summaryOf } from "./lib/summary.js";
import { promises } from "./lib/thresholds.js";

const TODOS = "/api/v1/todos";
const TODO_FIELDS = ["completed", "created_at", "deadline_at", "description", "id", "title", "updated_at"];
const REFUSED = [
  ["no body", { headers: { "Content-Type": "application/json" } }, 400],
  ["no JSON", { body: "{", headers: { "Content-Type": "application/json" } }, 400],
  ["another media type", { body: "title=x", headers: { "Content-Type": "text/plain" } }, 415],
  ["no title", json({ completed: false }), 400],
  ["an empty title", json({ title: "" }), 400],
  ["a title of 81 characters", json({ title: "x".repeat(81) }), 400],
  ["an id", json({ title: "x", id: 1 }), 400],
  ["a deadline that is no time", json({ title: "x", deadline_at: "soon" }), 400],
  ["more than 64 KiB", json({ title: "x".repeat(70000) }), 413],
];
const REFUSED_LISTS = ["completed=yes", "window=soon", "limit=0", "limit=1001", "cursor=x"];
const GOOD_LISTS = ["", "?completed=true", "?window=7", "?limit=1000"];
const REQUESTS = 22 + REFUSED.length + REFUSED_LISTS.length + GOOD_LISTS.length;

export const options = {
  ...common,
  scenarios: { contract: { executor: "shared-iterations", vus: 1, iterations: 1 } },
  thresholds: promises({
    routes: {},
    checks: "rate==1",
    failed: "rate==0",
    echoed: "rate==1",
    // A script that breaks off in the middle has kept all of its promises so far.
    series: { "http_reqs{expected_response:true}": [`count==${REQUESTS}`] },
  }),
};

export const setup = () => begin("contract");
export const handleSummary = summaryOf("contract");

export default function (run) {
  const ask = askerOf(run);
  service(ask);
  lists(ask);
  REFUSED.forEach(([what, request, status]) => problem(ask, `a todo with ${what}`, "POST", TODOS, status, request));
  lifeOfATodo(ask);
}

function service(ask) {
  for (const path of ["/api/v1/health", "/api/v1/health/ready"]) {
    ask("it is well", "GET", path, { is: (answer) => answer.json("status") === "ok" });
  }
  ask("its API is described", "GET", "/api/v1/openapi.json", { is: (answer) => answer.json("openapi").startsWith("3.1") });
  problem(ask, "an unknown URL", "GET", "/api/v1/nothing", 404);
  problem(ask, "a method that there is not", "DELETE", TODOS, 405);
  problem(ask, "a todo that there is not", "GET", `${TODOS}/2147483647`, 404);
  problem(ask, "a change of no todo", "PATCH", `${TODOS}/2147483647`, 404, json({ completed: true }));
  ask("deleting no todo", "DELETE", `${TODOS}/2147483647`, { is: (answer) => answer.body.trim() === "{}" });
}

function lists(ask) {
  GOOD_LISTS.forEach((query) => ask(`a list${query}`, "GET", TODOS + query, { is: (answer) => Array.isArray(answer.json()) }));
  REFUSED_LISTS.forEach((query) => problem(ask, `a list?${query}`, "GET", `${TODOS}?${query}`, 400));
}

function lifeOfATodo(ask) {
  const made = [1, 2].map((number) => {
    const answer = ask("a new todo", "POST", TODOS, {
      ...json({ title: `Contract ${number}`, deadline_at: "2027-02-27T00:00:00" }),
      expected: 201,
      is: isTodo,
    });
    return { url: answer.headers.Location, ...answer.json() };
  });
  const [{ url }, { url: otherUrl }] = made;
  ask("the todo at its Location", "GET", url, { is: (answer) => isTodo(answer) && answer.json("title") === "Contract 1" });
  ask("its deadline as it was sent", "GET", url, { is: (answer) => answer.json("deadline_at") === "2027-02-27T00:00:00" });
  ask("the newest todo, and a link to the rest", "GET", `${TODOS}?limit=1`, { is: isFirstPage });
  ask("a change by PUT", "PUT", url, { ...json({ title: "Changed" }), is: (answer) => answer.json("title") === "Changed" });
  ask("a change by PATCH", "PATCH", url, { ...json({ completed: true }), is: (answer) => answer.json("completed") === true });
  ask("what was not given stays", "GET", url, { is: (answer) => answer.json("title") === "Changed" });
  problem(ask, "a change to an empty title", "PATCH", url, 400, json({ title: "" }));
  ask("the deleted todo", "DELETE", url, { is: isTodo });
  problem(ask, "the todo after that", "GET", url, 404);
  ask("deleting it twice", "DELETE", url, { is: (answer) => answer.body.trim() === "{}" });
  ask("the other deleted todo", "DELETE", otherUrl, { is: isTodo });
}

/** Sends one request and checks its status and what its answer `is`. */
function askerOf(run) {
  return (what, method, path, { expected = 200, is, ...request }) => {
    const checks = {
      [`${what}: ${expected}`]: (answer) => answer.status === expected,
      [`${what}: as described`]: (answer) => answer.status === expected && is(answer),
    };
    const answer = send(run, method, path, { ...request, name: `${method} ${what}`, expected, keepBody: true, checks });
    if (answer.status !== expected && expected === 201) {
      exec.test.abort(`POST ${TODOS} answers ${answer.status}, and the rest of the contract needs a todo.`);
    }
    return answer;
  };
}

function problem(ask, what, method, path, status, request = {}) {
  ask(what, method, path, { ...request, expected: status, is: (answer) => isProblem(answer, status) });
}

function isProblem(answer, status) {
  const isDocument = answer.headers["Content-Type"] === "application/problem+json";
  return isDocument && answer.json("status") === status && answer.json("correlation_id") === answer.headers["X-Correlation-Id"];
}

function isTodo(answer) {
  return String(Object.keys(answer.json()).sort()) === String(TODO_FIELDS);
}

function isFirstPage(answer) {
  return answer.json().length === 1 && answer.json("0.title") === "Contract 2" && /; rel="next"$/.test(answer.headers.Link);
}
