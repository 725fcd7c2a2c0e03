// What a run came to, for people: on the terminal, and as files where OUTPUT_FOLDER is given.

import { outputFolder } from "./config.js";
import { figuresOf } from "./figures.js";

/**
 * handleSummary() of a script.
 *
 * `remarks` makes sentences out of the figures. `isPublished` puts the published run's figures beside them.
 */
export function summaryOf(script, { remarks = () => [], isPublished = false } = {}) {
  return (data) => {
    const figures = figuresOf(script, data, { isPublished });
    figures.remarks = remarks(figures);
    const text = asText(figures);
    if (!outputFolder) {
      return { stdout: text };
    }
    return {
      stdout: text,
      [`${outputFolder}/summary.txt`]: text,
      [`${outputFolder}/summary.md`]: asMarkdown(figures),
      [`${outputFolder}/summary.json`]: `${JSON.stringify(figures, null, 2)}\n`,
    };
  };
}

function asText(figures) {
  const facts = factsOf(figures);
  const width = Math.max(...facts.map(([name]) => name.length));
  const lines = facts.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
  const tables = tablesOf(figures).map((rows) => alignedRows(rows).join("\n"));
  const thresholds = figures.thresholds.map((threshold) => `  ${mark(threshold)} ${sentence(threshold)}`);
  return `\n${[lines.join("\n"), ...tables, thresholds.join("\n")].filter(Boolean).join("\n\n")}\n\n`;
}

function asMarkdown(figures) {
  const facts = factsOf(figures).map(([name, text]) => `- ${name}: ${text}`);
  const tables = tablesOf(figures).map(([header, ...rows]) =>
    [header, header.map((_, column) => (column === 0 ? "---" : "---:")), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n"),
  );
  const thresholds = figures.thresholds.map((threshold) => `- ${mark(threshold)} \`${sentence(threshold)}\``);
  return `# ${figures.run_id || figures.script}\n\n${[facts.join("\n"), ...tables, thresholds.join("\n")].filter(Boolean).join("\n\n")}\n`;
}

function factsOf(figures) {
  const { requests, checks, answers, published } = figures;
  const bad = `${number(requests.failed)} failed (${number(answers.client_errors)} 4xx, ${number(answers.server_errors)} 5xx, ${number(answers.none)} without an answer)`;
  const facts = [
    ["run", `${figures.run_id || "not started"}, ${number(figures.duration_s)} s at ${figures.endpoint}`],
    ["requests", `${number(requests.finished)}, ${number(requests.per_second)} a second; ${bad}`],
    ["checks", `${(checks.rate * 100).toFixed(2)} % of ${number(checks.passed + checks.failed)} passed`],
    ["latency", `p95 ${milliseconds(requests.p95_ms)} over all requests; p95 of waiting for a connection ${milliseconds(requests.blocked_p95_ms)}`],
    ["users", `${number(figures.peak_vus)} at most; ${number(figures.dropped_iterations)} iterations were dropped for want of one`],
    ["cut off", `${number(requests.unfinished)} requests at the end of the run, which count nowhere else`],
  ];
  if (published) {
    facts.push(["published", `${(published.checks_rate * 100).toFixed(2)} % of checks, p95 ${milliseconds(published.p95_ms)}`]);
  }
  return [...facts, ...figures.remarks.map((remark) => ["=>", remark])];
}

function tablesOf(figures) {
  return [["route", figures.routes], ["part of the run", figures.parts]]
    .filter(([, series]) => series.length > 0)
    .map(([title, series]) => [
      [title, "good answers", "p50", "p95", "p99", "max"],
      ...series.map((one) => [one.name, number(one.count), ...[one.p50_ms, one.p95_ms, one.p99_ms, one.max_ms].map(milliseconds)]),
    ]);
}

function alignedRows(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column] + 2))).join("")}`);
}

function sentence({ metric, expression, value }) {
  return `${metric}: ${expression} (${value === null ? "no sample" : value})`;
}

function mark({ ok }) {
  return ok ? "✓" : "✗";
}

function milliseconds(value) {
  return value === null ? "-" : `${number(value)} ms`;
}

function number(value) {
  const [whole, fraction] = String(value).split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction ? `.${fraction}` : "");
}
