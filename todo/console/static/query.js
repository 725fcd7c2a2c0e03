// Any question to the logs: the editor, the answer as a table and a picture, and as a file.
import { chart } from "./charts.js";
import { ask, cell, choice, make, number, problem, RANGES, table, traceLink, visible } from "./dom.js";
import { editor } from "./editor.js";

const SAVED = "console-queries";
const FIRST = "fields @timestamp, event, @message\n| sort @timestamp desc\n| limit 50";
const IDS = ["correlation_id", "example"];
const saved = () => JSON.parse(localStorage.getItem(SAVED) ?? "{}");

const csv = ({ columns, rows }) => [columns, ...rows.map(row => columns.map(name => row[name] ?? ""))]
  .map(cells => cells.map(each => /[",\r\n]/.test(each) ? `"${each.replaceAll('"', '""')}"` : each).join(",")).join("\r\n") + "\r\n";

const download = (name, type, text) => {
  const url = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
};

const value = (name, text) => IDS.includes(name) && text ? traceLink(text) : text ?? "";
const isNumber = text => text !== undefined && text !== "" && !Number.isNaN(Number(text));

const PRICE = "at $0.005 a GB scanned, the price of us-east-1 (CloudWatch pricing, November 2026)";
const dollars = usd => usd >= 0.0001 ? `$${usd.toFixed(4)}` : "less than $0.0001";

// What a query over so much time scans at most, and what AWS bills for it.
const estimate = async minutes => {
  try {
    const { bytes, usd } = await ask(`/api/cost?minutes=${encodeURIComponent(minutes)}`);
    return `A query over this time scans at most about ${number(bytes / 1e6)} MB, all that came in: ${dollars(usd)}, ${PRICE}.`;
  } catch (error) {
    return `What a query over this time will scan is not known: ${error.message} AWS bills it ${PRICE}.`;
  }
};

const picture = ({ columns, rows }) => {
  const x = columns.find(name => /^bin\(/i.test(name)) ?? columns.find(name => rows.every(row => /^\d{4}-\d\d-\d\d \d\d:/.test(row[name] ?? "")));
  const isDrawn = name => rows.every(row => row[name] === undefined || isNumber(row[name])) && rows.some(row => isNumber(row[name]));
  const numbers = columns.filter(name => name !== x && isDrawn(name));
  const [y] = numbers;
  if (!x || !y || rows.length < 2 || columns.length > 12 || columns.includes("@message")) return null;
  const ordered = rows.toSorted((a, b) => a[x] < b[x] ? -1 : 1);
  const frame = make("div");
  const show = (name, isLine) => frame.replaceChildren(chart(ordered.filter(row => row[name] !== undefined), x, name, isLine));
  const tools = make("form", { "aria-label": "The picture", change: () => show(tools.elements.y.value, tools.elements.kind.value === "line") },
    choice("Picture of", "y", numbers.map(name => [name, name]), y), choice("as", "kind", [["bar", "bars"], ["line", "a line"]], "bar"));
  show(y, false);
  return make("section", {}, tools, frame);
};

const answered = answer => {
  const left = answer.row_count > answer.rows.length ? `, of which the first ${answer.rows.length} are here` : "";
  const cost = answer.usd === null ? "" : `, ${dollars(answer.usd)} ${PRICE}`;
  const said = `Rows: ${answer.row_count}${left}; ${number(answer.matched, 0)} of ${number(answer.scanned, 0)} events matched, ${number(answer.bytes / 1e6)} MB, ${number(answer.took_ms, 0)} ms${cost}`;
  const save = (kind, type, write) => make("button", { type: "button", click: () => download(`answer.${kind}`, type, write(answer)) }, `Save as ${kind.toUpperCase()}`);
  return [
    make("p", { role: "status" }, said),
    ...answer.warnings.map(warning => make("p", { class: "bad" }, warning)),
    picture(answer),
    answer.rows.length > 0 && make("p", { class: "tools" }, save("csv", "text/csv", csv), save("json", "application/json", each => JSON.stringify(each.rows, null, 2))),
    answer.rows.length > 0
      ? table("The answer", answer.columns.map(name => [name, isNumber(answer.rows[0][name]) ? "number" : ""]), answer.rows.map(row => make("tr", {}, answer.columns.map(name => cell(isNumber(row[name]) ? "number" : "text", value(name, row[name]))))))
      : make("p", {}, "No event is like that in this time."),
  ].filter(Boolean);
};

export const page = async (main, { state }) => {
  document.title = "Query";
  const language = await ask("/api/language");
  const shared = new URLSearchParams(location.hash.slice(1));
  const named = { ...Object.fromEntries(language.queries.map(each => [each.name, each.text])) };
  const frame = make("div", { class: "editor" });
  const output = make("div");
  const run = async () => {
    const minutes = tools.elements.minutes.value;
    history.replaceState(null, "", `#${new URLSearchParams({ minutes, text: written.text() })}`);
    output.replaceChildren(make("p", { role: "status" }, "Asking …"));
    try {
      output.replaceChildren(...answered(await ask("/api/query", { text: written.text(), minutes })));
      written.blame();
    } catch (error) {
      output.replaceChildren(problem(error.message));
      if (error.position !== undefined) written.blame(error.position, visible(error.message));
    }
  };
  const options = () => [["", "…"], ...Object.keys(saved()).map(name => [name, `${name} (saved)`]), ...language.queries.map(({ name, question }) => [name, `${name}: ${question}`])];
  const load = event => {
    const text = saved()[event.target.value] ?? named[event.target.value];
    if (text) { written.replace(text); run(); }
  };
  const tools = make("form", { "aria-label": "The query", submit: event => { event.preventDefault(); run(); } },
    make("button", { class: "main", title: "Ctrl+Enter" }, "Run"),
    choice("In the last", "minutes", RANGES, shared.get("minutes") ?? (state?.is_aws ? 60 : "")),
    choice("Ready-made", "named", options(), ""),
    make("label", {}, "Name ", make("input", { name: "name", size: 12, autocomplete: "off" })),
    make("button", { type: "button", click: () => {
      const name = tools.elements.name.value.trim();
      if (!name) { tools.elements.name.focus(); return; }
      localStorage.setItem(SAVED, JSON.stringify({ ...saved(), [name]: written.text() }));
      tools.elements.named.append(make("option", { value: name }, `${name} (saved)`));
      tools.elements.name.value = "";
    } }, "Save in this browser"));
  const costs = make("p", { class: "faint", role: "status", hidden: !state?.is_aws });
  const tellCosts = async () => { if (state?.is_aws) costs.textContent = visible(await estimate(tools.elements.minutes.value)); };
  tools.elements.minutes.addEventListener("change", tellCosts);
  main.append(make("h1", {}, "Query"), frame, tools, costs, output);
  const written = editor(frame, language, run);
  tools.elements.named.addEventListener("change", load);
  written.replace(shared.get("text") ?? FIRST);
  if (shared.has("text") && !state?.is_aws) run();
  await tellCosts();
};
