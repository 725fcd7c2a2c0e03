// Calls of the API: the key that they need, what is refused, and the correlation ID of the last.
const KEY = "todo-api-key";
const NEXT = /<([^>]*)>;\s*rel="?next"?/;
const at = id => document.getElementById(id);
const consoleUrl = document.querySelector("meta[name=console]").content;
const isLocal = ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);

export class Refused extends Error {
  constructor(detail, fields = []) {
    super(detail);
    this.fields = fields;
  }
}

export const hasKey = () => sessionStorage.getItem(KEY) !== null;
export const forgetKey = () => sessionStorage.removeItem(KEY);

const askForKey = why => new Promise(resolve => {
  const dialog = at("ask-key");
  at("ask-key-why").textContent = why;
  at("key").value = "";
  dialog.returnValue = "";
  const close = () => {
    const key = at("key").value.trim();
    at("key").value = "";
    resolve(dialog.returnValue === "use" && key ? key : null);
  };
  dialog.addEventListener("close", close, { once: true });
  dialog.showModal();
});

const showCall = (method, path, answer, tookMs) => {
  const id = answer.headers.get("X-Correlation-ID");
  at("call").hidden = !id;
  if (!id) return;
  const took = `${Math.round(tookMs)} ms`;
  at("call-text").textContent = `Last call: ${method} ${path}, ${answer.status} in ${took}, ID ${id}.`;
  const hasConsole = Boolean(consoleUrl) && isLocal;
  at("call-trace").hidden = !hasConsole;
  if (hasConsole) at("call-trace").href = `${consoleUrl}/trace/${encodeURIComponent(id)}`;
  at("call-command").hidden = hasConsole;
  at("call-command").textContent = `todo trace ${id}`;
};

const send = async (method, url, body) => {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  if (hasKey()) headers.Authorization = `Bearer ${sessionStorage.getItem(KEY)}`;
  const begun = performance.now();
  try {
    const answer = await fetch(url, { method, headers, body: JSON.stringify(body) });
    showCall(method, url.split("?")[0], answer, performance.now() - begun);
    return answer;
  } catch {
    throw new Refused("The server does not answer. Is it running?");
  }
};

// The answer's body, and the URL of the next page if there is one. Throws Refused.
export const call = async (method, url, body) => {
  const answer = await send(method, url, body);
  const parsed = await answer.json().catch(() => ({}));
  if (answer.status === 401) {
    const key = await askForKey(parsed.detail ?? "");
    if (key) {
      sessionStorage.setItem(KEY, key);
      return call(method, url, body);
    }
  }
  if (!answer.ok) throw new Refused(parsed.detail ?? `The server answered ${answer.status}.`, parsed.errors);
  return { body: parsed, next: NEXT.exec(answer.headers.get("Link") ?? "")?.[1] ?? null };
};

if (consoleUrl && isLocal) {
  at("console-link").href = consoleUrl;
  at("console-link").hidden = false;
}
