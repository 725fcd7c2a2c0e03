// A request: what it waited for, to scale, and all its lines.
import { bar } from "./charts.js";
import { ask, cell, make, number, problem, table } from "./dom.js";

const TRIES = 15; // a second apart: lines come a moment after the answer
const wait = ms => new Promise(resolve => setTimeout(resolve, ms));

const form = given => make("form", {
  role: "search",
  submit: event => {
    event.preventDefault();
    const id = event.target.elements.id.value.trim();
    if (id) location.assign(`/trace/${encodeURIComponent(id)}`);
  },
},
make("label", {}, "Correlation ID or trace root ", make("input", { name: "id", value: given, size: 36, autocomplete: "off" })),
make("button", { class: "main" }, "Show"));

const found = async (given, main) => {
  const waiting = make("p", { role: "status" }, "No event has this ID yet. Events arrive a second or two after the answer …");
  for (let tries = 0; tries < TRIES; tries++) {
    const answer = await ask(`/api/trace/${encodeURIComponent(given)}`).catch(error => {
      if (error.status !== 503) throw error;
      return { traces: [] }; // nothing is in the archive yet
    });
    if (answer.traces.some(trace => trace.finished) || (answer.traces.length && tries > 3)) {
      waiting.remove();
      return answer;
    }
    if (!waiting.isConnected) main.append(waiting);
    await wait(1000);
  }
  waiting.textContent = "No event has this ID. Is it spelt right, and does the log reach back so far?";
  return null;
};

// How the database reads it: the nodes of the plan, and what is wrong with them.
export const planOf = found => found?.plan && make("details", {},
  make("summary", {}, found.finding ? "Plan: " : "Plan", found.finding && make("span", { class: "bad" }, found.finding)),
  make("div", { class: "code" }, found.plan));

const row = (span, whole, plans) => make("tr", {},
  cell("number", `${number(span.start_ms)} ms`),
  cell("drawn", bar(span.start_ms, span.duration_ms, whole, span.kind)),
  cell("number", span.duration_ms ? `${number(span.duration_ms)} ms` : ""),
  cell(`text ${span.kind === "query" ? "code" : ""} ${span.kind === "exception" ? "bad" : ""}`, span.text || span.kind,
    span.origin && make("div", { class: "faint" }, `at ${span.origin}`), planOf(plans[span.fingerprint])));

const ending = ({ finished, summary }) => {
  if (!finished) return make("p", { class: "bad" }, "No request_finished: it is still running, its worker died, or its last events have not arrived.");
  const said = [`status ${summary.http_status ?? "none"}`];
  if (summary.outcome) said.push(`cut short: ${summary.outcome}`);
  if (summary.db_query_count) said.push(`queries: ${summary.db_query_count}, ${number(summary.db_time_ms ?? 0)} ms in the database`);
  if (summary.db_n_plus_one === "1") said.push("N+1");
  return make("p", {}, `Finished after ${number(summary.duration_ms)} ms: ${said.join(", ")}.`);
};

const request = (trace, plans) => {
  const whole = Math.max(trace.duration_ms, ...trace.spans.map(span => span.start_ms + span.duration_ms));
  const rows = make("div");
  const show = isFolded => rows.replaceChildren(table("What it waited for, in order",
    [["Start", "number"], ["When", ""], ["Took", "number"], ["What", ""]],
    (isFolded ? trace.folded : trace.spans).map(span => row(span, whole, plans)), { class: "stacked" }));
  show(true);
  const folds = trace.folded.length < trace.spans.length && make("p", { class: "tools" }, make("label", {},
    make("input", { type: "checkbox", checked: true, change: event => show(event.target.checked) }), " Fold statements that were sent again and again"));
  const { summary } = trace;
  return make("section", {},
    make("h2", {}, `${summary.http_method ?? ""} ${summary.http_path ?? summary.http_route ?? trace.correlation_id}`),
    make("p", { class: "faint" }, `Started ${trace.started_at} UTC, ID `, make("code", {}, trace.correlation_id)),
    ending(trace), folds, rows);
};

const lines = records => make("details", {},
  make("summary", {}, `All ${records.length} lines`),
  make("pre", { tabindex: 0, "aria-label": "All lines" }, records.flatMap(record => [record["@message"] ?? JSON.stringify(record), make("br")])));

const exceptions = records => {
  const failed = records.filter(record => record.event === "exception");
  return failed.length > 0 && make("section", {}, make("h2", {}, "Exceptions"), failed.map(record =>
    problem(`${record.exception_type}: ${record.exception_message ?? ""}${record.exception_location ? `\n${record.exception_location}` : ""}`)));
};

export const page = async (main, { given = "", state }) => {
  document.title = given ? `Trace ${given}` : "Trace";
  main.append(make("h1", {}, "Trace"), form(given));
  if (!given) {
    main.append(make("p", {}, "Every answer of the API has an X-Correlation-ID. Give it here, or choose a request in ", make("a", { href: "/live" }, "Live"), "."));
    return;
  }
  const answer = await found(given, main);
  if (!answer) return;
  main.append(...answer.traces.map(trace => request(trace, answer.plans)), ...[exceptions(answer.lines)].filter(Boolean), lines(answer.lines),
    make("p", { class: "faint" }, "In a terminal: ", make("code", {}, `todo trace ${given}${state?.options ?? ""}`)));
};
