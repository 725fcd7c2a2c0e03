// Requests as they end, newest first.
import { spark } from "./charts.js";
import { cell, choice, make, number, table, traceLink, visible } from "./dom.js";

const MOST = 500;

const time = text => make("time", { datetime: visible(text ?? "") }, String(text ?? "").slice(11, 23));

const row = request => make("tr", {},
  cell("once", time(request.timestamp)),
  cell("once", request.http_method ?? ""),
  cell("text", request.correlation_id ? traceLink(request.correlation_id, request.http_path ?? request.http_route ?? "?") : request.http_path ?? "?"),
  cell(Number(request.http_status ?? 500) >= 500 ? "number bad" : "number", request.http_status ?? "none"),
  cell("number", `${number(request.duration_ms)} ms`),
  cell("number", `${request.db_query_count ?? ""}${request.db_n_plus_one ? ", N+1" : ""}`),
  cell("number", request.db_time_ms === undefined ? "" : `${number(request.db_time_ms)} ms`),
  cell("text bad", request.exception_type ?? ""));

const card = rate => make("li", {},
  make("strong", {}, rate.route),
  spark(rate.per_s, `Requests a second in the last five minutes, at most ${number(Math.max(...rate.per_s))}`),
  make("div", {}, `${number(rate.per_s.at(-1))}/s now, p50 ${number(rate.p50_ms)}, p95 ${number(rate.p95_ms)}, p99 ${number(rate.p99_ms)} ms`),
  rate.errors > 0 && make("div", { class: "bad" }, `${rate.errors} server errors`));

export const page = async (main, { state }) => {
  document.title = "Live";
  const cards = make("ul", { class: "cards", "aria-label": "The busiest routes of the last five minutes" });
  const empty = make("p", {}, state?.is_aws
    ? "No request yet. Each is here some seconds after it has ended; Query has those before. AWS bills Live Tail by the minute, while a page like this one is open."
    : "No request yet. Send one: each is here as soon as it has ended.");
  const notice = make("p", { role: "status", class: "notice", hidden: true });
  const shown = table("Requests, the newest first", [["Time (UTC)", ""], ["Method", ""], ["Path", ""], ["Status", "number"], ["Took", "number"], ["Queries", "number"], ["Database", "number"], ["Exception", ""]], [], { class: "stacked" });
  const body = shown.querySelector("tbody");
  const pause = make("button", { type: "button", "aria-pressed": "false" }, "Pause");
  const filters = make("form", { "aria-label": "Which requests", submit: event => event.preventDefault() },
    make("label", {}, "With ", make("input", { name: "text", placeholder: "path, ID, run, exception", autocomplete: "off" })),
    choice("Status", "status", [["", "any"], [2, "2xx"], [3, "3xx"], [4, "4xx"], [5, "5xx"]], ""),
    make("label", {}, "Slower than ", make("input", { name: "least_ms", type: "number", min: 0, size: 6 }), " ms"), pause);
  main.append(make("h1", {}, "Live"), filters, notice, cards, empty, shown);
  let stream = null;
  const add = message => {
    empty.hidden = true;
    body.prepend(...message.requests.toReversed().map(row));
    while (body.rows.length > MOST) body.lastChild.remove();
  };
  const open = () => {
    stream?.close();
    body.replaceChildren();
    empty.hidden = false;
    stream = new EventSource(`/api/live?${new URLSearchParams(new FormData(filters))}`);
    stream.addEventListener("open", () => body.replaceChildren()); // what is remembered comes again
    stream.addEventListener("requests", event => add(JSON.parse(event.data)));
    stream.addEventListener("rates", event => {
      const said = JSON.parse(event.data);
      cards.replaceChildren(...said.routes.map(card));
      notice.hidden = !said.notice;
      if (notice.textContent !== visible(said.notice)) notice.textContent = visible(said.notice);
    });
  };
  pause.addEventListener("click", () => {
    const isPaused = pause.getAttribute("aria-pressed") === "false";
    pause.setAttribute("aria-pressed", isPaused);
    pause.textContent = isPaused ? "Go on" : "Pause";
    if (isPaused) stream.close();
    else open();
  });
  let soon = 0;
  filters.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(open, 300);
  });
  addEventListener("pagehide", () => stream.close());
  open();
};
