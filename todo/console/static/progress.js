// How a load test goes, while it runs; then its report.
import { spark } from "./charts.js";
import { ask, make, number, problem, write } from "./dom.js";

const EVERY_MS = 2000;

const figure = (name, text, values, unit) => make("li", {},
  make("strong", {}, name), make("div", { class: "figure" }, text),
  values.length > 1 && spark(values.map(value => value ?? 0), `${name} in the last five minutes, at most ${number(Math.max(...values))} ${unit}`));

const last = values => values.at(-1) ?? null;

const figures = ({ requests, failed, users, p50_ms, p95_ms, p99_ms, steps }) => [
  figure("Requests a second", number(last(steps.per_s) ?? 0), steps.per_s, "a second"),
  figure("p95 of the last two seconds", last(steps.p95_ms) === null ? "no answer" : `${number(last(steps.p95_ms))} ms`, steps.p95_ms, "ms"),
  figure("Failed a second", number(last(steps.failed_per_s) ?? 0), steps.failed_per_s, "a second"),
  figure("Users", number(users, 0), steps.users, "users"),
  make("li", {}, make("strong", {}, "In all"),
    make("div", {}, `${number(requests, 0)} requests, `, make("span", { class: failed ? "bad" : "" }, `${number(failed, 0)} failed`)),
    make("div", {}, requests ? `p50 ${number(p50_ms)}, p95 ${number(p95_ms)}, p99 ${number(p99_ms)} ms` : "nothing answered yet")),
];

const report = run => {
  const source = `/report/${encodeURIComponent(run.run_id)}`;
  return [make("p", {}, make("a", { href: source }, "The report alone")),
    make("iframe", { src: source, title: `Report of ${run.run_id}`, sandbox: "" })];
};

const inWords = ({ run, is_ours: isOurs, progress }) => {
  if (run.is_running) return `It runs: ${run.script}, for ${number(progress.seconds, 0)} s so far.`;
  if (isOurs) return progress.requests ? "It has ended. The report is being made …" : "It begins …";
  return `There is no report yet. If none comes: todo report ${run.run_id}`;
};

export const watch = async (main, runId) => {
  const said = make("p", { role: "status" });
  const stop = make("button", { type: "button", hidden: true, click: () => {
    stop.disabled = true;
    write("/api/loads/stop").catch(error => main.append(problem(error.message)));
  } }, "Stop");
  const cards = make("ul", { class: "cards", "aria-label": "How it goes" });
  const frame = make("div", {}, said, make("p", { class: "tools" }, stop), cards);
  main.append(frame);
  const look = async () => {
    const answer = await ask(`/api/loads/${encodeURIComponent(runId)}`);
    if (answer.run.has_report) { frame.replaceChildren(...report(answer.run)); return; }
    const text = inWords(answer);
    if (said.textContent !== text) said.textContent = text;
    stop.hidden = !(answer.is_ours && answer.run.is_running);
    cards.replaceChildren(...figures(answer.progress));
    setTimeout(() => look().catch(error => { said.textContent = error.message; }), EVERY_MS);
  };
  await look();
};
