// Load tests: all of them, the report of one, and two side by side.
import { ask, cell, choice, make, number, problem, Refused, table } from "./dom.js";

const row = run => make("tr", {},
  cell("text", run.has_report ? make("a", { href: `/loads/${run.run_id}` }, run.run_id) : run.run_id),
  cell("once", (run.started_at ?? "").slice(0, 19).replace("T", " ")),
  cell("number", run.seconds ? `${number(run.seconds, 0)} s` : ""),
  cell(run.exit_code ? "number bad" : "number", run.exit_code ?? "-"),
  cell("text", run.problem ?? run.verdict ?? `no report yet: todo report ${run.run_id}`));

const change = each => make("tr", {},
  cell("text code", each.name),
  cell("number", each.before_ms === null ? "" : `${number(each.before_ms)} ms`), cell("number", each.after_ms === null ? "" : `${number(each.after_ms)} ms`),
  cell("number", each.ratio === null ? "" : `${number(each.ratio, 2)} (${number(each.low, 2)} to ${number(each.high, 2)})`),
  cell(each.word === "slower" ? "bad" : "", each.word));

const comparing = runs => {
  const options = runs.filter(run => run.has_report).map(run => [run.run_id, run.run_id]);
  if (options.length < 2) return null;
  const answer = make("div");
  const form = make("form", {
    "aria-label": "Compare two load tests",
    submit: async event => {
      event.preventDefault();
      const found = await ask(`/api/compare?${new URLSearchParams(new FormData(form))}`).catch(error => error);
      if (found instanceof Refused) { answer.replaceChildren(problem(found.message)); return; }
      const { changes, facts } = found;
      answer.replaceChildren(
        table("Medians of both, and their ratio with its 95 % interval", [["What", ""], ["Before", "number"], ["After", "number"], ["Ratio", "number"], ["In a word", ""]], changes.map(change)),
        facts.length ? table("What else is different", [["What", ""], ["Before", ""], ["After", ""]],
          facts.map(fact => make("tr", {}, fact.map(each => cell("text", each))))) : "");
    },
  }, choice("Before", "before", options, options[1][0]), choice("after", "after", options, options[0][0]), make("button", { class: "main" }, "Compare"));
  return make("section", {}, make("h2", {}, "Compare"), form, answer);
};

export const page = async (main, { given }) => {
  document.title = given ? `Load test ${given}` : "Load tests";
  main.append(make("h1", {}, document.title));
  if (given) {
    const source = `/report/${encodeURIComponent(given)}`;
    main.append(make("p", {}, make("a", { href: source }, "The report alone")), make("iframe", { src: source, title: `Report of ${given}`, sandbox: "" }));
    return;
  }
  const { folder, runs } = await ask("/api/loads");
  if (!runs.length) {
    main.append(make("p", {}, `No load test has been run yet: ${folder} has none. Run one in a terminal: `, make("code", {}, "make load")));
    return;
  }
  main.append(table("Load tests, the newest first", [["Run", ""], ["Begun (UTC)", ""], ["Took", "number"], ["Exit", "number"], ["Verdict", ""]], runs.map(row)));
  main.append(...[comparing(runs)].filter(Boolean));
};
