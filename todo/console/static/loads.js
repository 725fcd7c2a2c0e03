// Load tests: all of them, the report of one, and two side by side.
import { ask, cell, choice, make, number, problem, Refused, table, write } from "./dom.js";
import { watch } from "./progress.js";

const EVERY_MS = 500;
const wait = ms => new Promise(resolve => setTimeout(resolve, ms));

const row = run => make("tr", {},
  cell("text", run.problem ? run.run_id : make("a", { href: `/loads/${run.run_id}` }, run.run_id)),
  cell("once", (run.started_at ?? "").slice(0, 19).replace("T", " ")),
  cell("number", run.seconds ? `${number(run.seconds, 0)} s` : ""),
  cell(run.exit_code && !run.interrupted ? "number bad" : "number", run.interrupted ? "stopped" : run.exit_code ?? "-"),
  cell("text", run.problem ?? run.verdict ?? (run.is_running ? "it runs" : `no report yet: todo report ${run.run_id}`)));

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

// The page of the run as soon as it has begun; an Error with what it says where it does not.
const begun = async () => {
  for (;;) {
    const { start } = await ask("/api/loads");
    if (start.run_id) { location.assign(`/loads/${start.run_id}`); return; }
    if (!start.is_running) throw new Refused({ status: 0 }, { detail: start.failure || "It ended before it began." });
    await wait(EVERY_MS);
  }
};

const starting = start => {
  if (!start) return null;
  const frame = make("section", {}, make("h2", {}, "Run one"));
  if (start.problem) { frame.append(make("p", {}, start.problem)); return frame; }
  if (start.is_running) {
    frame.append(make("p", {}, "One runs: ", make("a", { href: `/loads/${start.run_id}` }, start.run_id ?? start.script), "."));
    return frame;
  }
  const names = Object.keys(start.scripts);
  const question = make("p", { class: "faint" });
  const said = make("div", { role: "status" });
  const explain = () => { question.textContent = start.scripts[form.elements.script.value]; };
  const form = make("form", {
    "aria-label": "Run a load test", change: explain,
    submit: async event => {
      event.preventDefault();
      const { script, scale, run } = form.elements;
      run.disabled = true;
      said.replaceChildren("It begins …");
      try {
        await write("/api/loads", { script: script.value, scale: Number(scale.value) });
        await begun();
      } catch (error) {
        said.replaceChildren(problem(error.message));
        run.disabled = false;
      }
    },
  },
  choice("Script", "script", names.map(name => [name, name]), names.includes("smoke") ? "smoke" : names[0]),
  make("label", {}, "Scale ", make("input", { name: "scale", type: "number", min: 0.01, max: 10, step: "any", value: 1, required: true })),
  make("button", { class: "main", name: "run" }, "Run"));
  explain();
  frame.append(form, question, make("p", { class: "faint" }, `Against ${start.endpoint}. The scale multiplies the script's users and rates.`), said);
  return frame;
};

export const page = async (main, { given }) => {
  document.title = given ? `Load test ${given}` : "Load tests";
  main.append(make("h1", {}, document.title));
  if (given) {
    await watch(main, given);
    return;
  }
  const { folder, runs, start } = await ask("/api/loads");
  if (!runs.length) {
    main.append(make("p", {}, `No load test has been run yet: ${folder} has none. Run one in a terminal: `, make("code", {}, "make load")));
    main.append(...[starting(start)].filter(Boolean));
    return;
  }
  main.append(table("Load tests, the newest first", [["Run", ""], ["Begun (UTC)", ""], ["Took", "number"], ["Exit", "number"], ["Verdict", ""]], runs.map(row), { class: "stacked" }));
  main.append(...[starting(start), comparing(runs)].filter(Boolean));
};
