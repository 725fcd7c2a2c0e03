// The frame of every page: which one it is, and what is read.
import { ask, problem, Refused } from "./dom.js";

const [, name, given] = location.pathname.split("/").map(decodeURIComponent);
const MODULES = { live: "live", trace: "trace", query: "query", routes: "ranking", statements: "ranking", loads: "loads", delivery: "delivery" };
const main = document.querySelector("main");

document.querySelector(`nav a[href="/${name}"]`)?.setAttribute("aria-current", "page");

const showState = async () => {
  const state = await ask("/api/state").catch(() => null);
  const line = document.getElementById("state");
  if (!state) {
    line.textContent = "The console has stopped.";
  } else if (!state.is_current) {
    const percent = Math.floor(100 * state.read_bytes / Math.max(state.total_bytes, 1));
    line.textContent = `Reading ${state.source}: ${percent} %. Older requests are not there yet.`;
    setTimeout(showState, 500);
  } else {
    line.textContent = state.problem ?? state.source;
    line.className = state.problem ? "bad" : "";
    setTimeout(showState, 5000);
  }
  return state;
};

const show = async () => {
  const state = showState();
  const { page } = await import(`./${MODULES[name]}.js`);
  try {
    await page(main, { name, given, state: await state });
  } catch (error) {
    main.append(problem(error.message));
    if (!(error instanceof Refused)) throw error;
  }
};

main.replaceChildren();
show();
