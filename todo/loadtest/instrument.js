// Makes any k6 script's requests known to the report. What `todo load` runs imports this first, then the script.
//
// Each request to ENDPOINT is given an ID of its own, in its header and on the samples that k6 keeps of it, the run's
// id, the API's key if there is one, and a name without the values in its path. What a script says itself counts.

import exec from "k6/execution";
import http from "k6/http";
import { Counter } from "k6/metrics";

const HEALTH = "/api/v1/health"; // has no log line that could be missing
const VALUE = /^(\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,})$/i;

// Each of several machines runs setup(), as user 0.
const machine = __ENV.MACHINE ? `${__ENV.MACHINE}.` : "";

const authorization = __ENV.TODO_API_KEY ? `Bearer ${__ENV.TODO_API_KEY}` : undefined;
const endpoint = sameHost(__ENV.ENDPOINT).replace(/\/$/, "");

// Of the requests that k6 cuts off at the end of a run it keeps no other sample than this.
const started = new Counter("requests_started");

let sent = 0; // by this VU, since each VU has a module of its own

const real = { request: http.request, asyncRequest: http.asyncRequest, batch: http.batch };

http.request = (method, url, body, params) => send(real.request, method, url, body, params);
http.asyncRequest = (method, url, body, params) => send(real.asyncRequest, method, url, body, params);
http.get = (url, params) => http.request("GET", url, null, params);
http.head = (url, params) => http.request("HEAD", url, null, params);
http.post = (url, body, params) => http.request("POST", url, body, params);
http.put = (url, body, params) => http.request("PUT", url, body, params);
http.patch = (url, body, params) => http.request("PATCH", url, body, params);
http.del = (url, body, params) => http.request("DELETE", url, body, params);
http.options = (url, body, params) => http.request("OPTIONS", url, body, params);
http.batch = (requests) => {
  const told = Array.isArray(requests) ? [] : {};
  for (const key of Object.keys(requests)) {
    told[key] = batched(requests[key]);
  }
  return real.batch(told);
};

function send(sender, method, url, body, params) {
  const metadata = exec.vu.metrics.metadata;
  const known = metadata.correlation_id === undefined && toldOf(method, url, params);
  if (!known) {
    return sender(method, url, body, params);
  }
  metadata.correlation_id = known.id;
  if (known.isUnlogged) {
    metadata.unlogged = "true";
  }
  started.add(1, { name: known.params.tags.name });
  try {
    return sender(method, url, body, known.params);
  } finally {
    delete metadata.correlation_id;
    delete metadata.unlogged;
  }
}

// k6 reads a batch's metadata once for all of it, so that its IDs are tags.
function batched(entry) {
  const [method, url, body, params] = partsOf(entry);
  const known = toldOf(method, url, params);
  if (!known) {
    return entry;
  }
  const tags = { ...known.params.tags, correlation_id: known.id };
  if (known.isUnlogged) {
    tags.unlogged = "true";
  }
  started.add(1, { name: tags.name, correlation_id: known.id });
  return [method, url, body, { ...known.params, tags }];
}

function partsOf(entry) {
  if (Array.isArray(entry)) {
    return entry;
  }
  return typeof entry === "string" || entry.method === undefined
    ? ["GET", entry.url ?? entry, null, entry.params]
    : [entry.method, entry.url, entry.body, entry.params];
}

/** The ID and the parameters of a request to ENDPOINT; undefined of one to another host. */
function toldOf(method, url, given) {
  const address = sameHost(String(url?.url ?? url));
  const rest = address.slice(endpoint.length);
  if (!address.startsWith(endpoint) || !/^([/?#]|$)/.test(rest)) {
    return undefined;
  }
  const params = given ?? {};
  const own = Object.fromEntries(Object.entries(params.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  sent += 1;
  const id = own["x-correlation-id"] ?? `${__ENV.RUN_ID}-${machine}${exec.vu.idInTest}-${sent}`;
  const headers = { "X-Correlation-ID": id, "X-Run-ID": __ENV.RUN_ID, ...params.headers };
  if (authorization && own.authorization === undefined) {
    headers.Authorization = authorization;
  }
  const path = rest.replace(/[?#].*$/, "") || "/";
  const name = `${method.toUpperCase()} ${path.split("/").map(placed).join("/")}`;
  const tags = { name, ...params.tags };
  return { id, params: { ...params, headers, tags }, isUnlogged: path.startsWith(HEALTH) };
}

function placed(segment) {
  return VALUE.test(segment) ? ":id" : segment;
}

function sameHost(url) {
  return url.replace(/^(https?:\/\/)(localhost|\[::1\])(?=[:/]|$)/, (_, scheme) => `${scheme}127.0.0.1`);
}
