// Routes, and statements, by the time that they took in all.
import { spark } from "./charts.js";
import { planOf } from "./trace.js";
import { ask, cell, choice, make, number, RANGES, table, traceLink } from "./dom.js";

const HEADS = [["Total", "number"], ["Times", "number"], ["p50", "number"], ["p95", "number"], ["p99", "number"]];

const figures = row => [
  cell("number", `${number(row.total_ms, 0)} ms`), cell("number", number(row.n, 0)),
  ...["p50_ms", "p95_ms", "p99_ms"].map(name => cell("number", `${number(row[name])} ms`)),
];

const trend = row => cell("drawn", row.trend.length > 1 ? spark(row.trend, `Mean duration over time, at most ${number(Math.max(...row.trend))} ms`) : "");

const example = row => cell("once", row.example ? traceLink(row.example, "an example") : "");

const KINDS = {
  routes: {
    title: "Routes by total time", first: "Route",
    more: [["Queries", "number"], ["In the database", "number"], ["N+1", "number"], ["5xx", "number"]],
    cells: row => [
      cell("number", number(row.queries_per_request)), cell("number", `${number(row.db_percent, 0)} %`),
      cell("number bad", row.n_plus_one ? number(row.n_plus_one, 0) : ""), cell("number bad", row.errors ? number(row.errors, 0) : ""),
    ],
  },
  statements: {
    title: "Statements by total time", first: "Statement", more: [["N+1 in", "number"], ["Failed", "number"]],
    cells: row => [
      cell("number bad", row.n_plus_one ? number(row.n_plus_one, 0) : ""), cell("number bad", row.errors ? number(row.errors, 0) : ""),
    ],
  },
};

export const page = async (main, { name }) => {
  const { title, first, more, cells } = KINDS[name];
  document.title = title;
  const minutes = new URLSearchParams(location.search).get("minutes") ?? "";
  const range = choice("In the last", "minutes", RANGES, minutes);
  range.addEventListener("change", event => location.assign(`/${name}?minutes=${event.target.value}`));
  main.append(make("h1", {}, title), make("div", { class: "tools" }, range));
  const { rows } = await ask(`/api/${name}?minutes=${encodeURIComponent(minutes)}`);
  if (!rows.length) {
    main.append(make("p", {}, "None were logged in this time. Choose a longer one, or send a request."));
    return;
  }
  main.append(table(`${title}. Percentiles of files are right within 5 %`, [[first, ""], ...HEADS, ...more, ["Trend", ""], ["Example", ""]],
    rows.map(row => make("tr", {}, cell("text code", row.name, row.origin && make("div", { class: "faint" }, `at ${row.origin}`), planOf(row)), ...figures(row), ...cells(row), trend(row), example(row))), { class: "stacked" }));
};
