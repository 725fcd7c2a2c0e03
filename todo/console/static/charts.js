// Small pictures of numbers. Each stands beside a table or a text that says the same.
import { draw, visible } from "./dom.js";

export const spark = (values, label) => {
  const top = Math.max(...values, 1e-9);
  const points = values.map((value, at) => `${at},${20 - 19 * value / top}`).join(" ");
  return draw("svg", { class: "spark", viewBox: `0 0 ${Math.max(values.length - 1, 1)} 20`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    draw("polyline", { class: "stroke", points }));
};

export const bar = (start, length, whole, kind) => {
  const scale = 1000 / Math.max(whole, 1e-9);
  return draw("svg", { class: "bar", viewBox: "0 0 1000 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    draw("rect", { class: `kind-${kind}`, x: Math.min(start * scale, 996), y: 1, height: 8, width: Math.max(Math.min(length * scale, 1000 - start * scale), 4) }));
};

// The series of an answer's rows: a column of times or names, and one of numbers.
export const chart = (rows, x, y, isLine) => {
  const values = rows.map(row => Number(row[y]));
  const top = Math.max(...values, 1e-9);
  const width = 1000 / Math.max(values.length, 1);
  const label = visible(`${y} by ${x}: from ${Math.min(...values)} to ${Math.max(...values)}`);
  const shapes = isLine
    ? [draw("polyline", { class: "stroke", points: values.map((value, at) => `${(at + .5) * width},${98 - 94 * value / top}`).join(" ") })]
    : values.map((value, at) => draw("rect", { class: "shape", x: at * width + width * .1, width: width * .8, y: 98 - 94 * value / top, height: 94 * value / top },
      draw("title", {}, `${rows[at][x]}: ${value}`)));
  return draw("svg", { class: "chart", viewBox: "0 0 1000 100", preserveAspectRatio: "none", role: "img", "aria-label": label }, ...shapes);
};
