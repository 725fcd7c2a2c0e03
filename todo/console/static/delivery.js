// How far the lines have come, as `todo ship --status` has it.
import { ask, make, number } from "./dom.js";

const NAMES = {
  is_running: "A shipper runs", behind_events: "Events that wait", behind_seconds: "Oldest of them, seconds", spool_bytes: "Spool, bytes",
  events_shipped: "Events delivered", events_dropped: "Events dropped at the cap", events_damaged: "Events damaged",
  events_quarantined: "Events refused for good", events_clamped: "Events sent under another time", retries: "Attempts repeated", problem: "What delivery waits on",
};
const BAD = ["events_dropped", "events_damaged", "events_quarantined", "problem"];

const shown = value => typeof value === "number" ? number(value, 0) : value === true ? "yes" : value === false ? "no" : value ?? "nothing";

export const page = async main => {
  document.title = "Delivery";
  const list = make("dl");
  const said = make("p", { role: "status" });
  main.append(make("h1", {}, "Delivery"), said, list);
  const show = async () => {
    const status = await ask("/api/delivery");
    said.textContent = status.is_running ? "" : "No shipper runs: lines wait in the spool. Start one with: todo ship";
    list.replaceChildren(...Object.entries({ spool: "Spool", ...NAMES }).filter(([name]) => name in status).flatMap(([name, text]) =>
      [make("dt", {}, text), make("dd", { class: BAD.includes(name) && status[name] ? "bad" : "" }, shown(status[name]))]));
  };
  await show();
  setInterval(() => show().catch(() => {}), 2000);
};
