// Elements, and what the console's server says. Text from a log gets here as text, never as HTML.

// Control characters, what turns the direction of writing, and what is invisible, as escapes.
export const visible = text => String(text).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, each => {
  const code = each.codePointAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
});

const filled = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  const kept = children.flat().filter(each => each !== null && each !== undefined && each !== false);
  element.append(...kept.map(each => each instanceof Node ? each : visible(each)));
  return element;
};

export const make = (tag, attributes = {}, ...children) =>
  filled(document.createElement(tag), attributes, children);

export const draw = (tag, attributes = {}, ...children) =>
  filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

// On a phone a table that is "stacked" has no heads: its numbers say themselves what they are.
export const table = (caption, heads, rows, attributes = {}) => {
  for (const row of rows) [...row.cells].forEach((each, at) => { each.dataset.label = heads[at][0]; });
  return make("div", { class: "wide", tabindex: 0, role: "region", "aria-label": caption },
  make("table", attributes,
    make("caption", {}, caption),
    make("thead", {}, make("tr", {}, heads.map(([name, kind]) => make("th", { scope: "col", class: kind }, name)))),
    make("tbody", {}, rows)));
};

export const cell = (kind, ...children) => make("td", { class: kind }, ...children);

export const number = (value, digits = 1) => value === null || value === undefined || Number.isNaN(Number(value))
  ? "" : Number(value).toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits });

export const traceLink = (id, text = id) => make("a", { href: `/trace/${encodeURIComponent(id)}` }, text);

export class Refused extends Error {
  constructor(answer, problem) {
    super(problem.detail ?? `The console answered ${answer.status}.`);
    this.position = problem.position;
    this.status = answer.status;
  }
}

export const ask = async (path, body, headers = {}) => {
  const sent = body === undefined ? {}
    : { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(path, sent);
  } catch {
    throw new Refused({ status: 0 }, { detail: "The console does not answer. Does it still run?" });
  }
  const parsed = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer, parsed);
  return parsed;
};

// What changes something needs the token, which only the console's own pages have.
export const write = (path, body = {}) =>
  ask(path, body, { "X-Console-Token": document.querySelector("meta[name=token]").content });

export const problem = text => make("p", { class: "problem", role: "alert" }, text);

export const choice = (label, name, options, chosen) => make("label", {}, label, " ",
  make("select", { name }, options.map(([value, text]) =>
    make("option", { value, selected: String(value) === String(chosen) }, text))));

export const RANGES = [[15, "15 minutes"], [60, "hour"], [360, "6 hours"], [1440, "day"], [10080, "week"], ["", "all there is"]];
