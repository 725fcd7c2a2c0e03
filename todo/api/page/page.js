// The todos: what the list shows, and what its forms do. api.js has the calls.
import { call, forgetKey, hasKey, Refused } from "./api.js";
import { editor, row } from "./rows.js";

const TODOS = "/api/v1/todos";
const PAGE = 25;
const at = id => document.getElementById(id);

const state = { url: "", before: [], next: null, asked: 0 };

const firstUrl = () => {
  const wanted = new URLSearchParams({ limit: PAGE });
  for (const [name, value] of new FormData(at("filters"))) if (value) wanted.set(name, value);
  return `${TODOS}?${wanted}`;
};

const say = text => { at("said").textContent = text; };

const showProblem = (error, form) => {
  at("problem").replaceChildren();
  clearErrors(form);
  if (!(error instanceof Refused)) throw error;
  const rest = error.fields.filter(({ field, reason }) => !markField(form, field, reason));
  const text = document.createElement("p");
  text.textContent = error.message;
  const list = document.createElement("ul");
  for (const { field, reason } of rest) {
    const item = document.createElement("li");
    item.textContent = `${field}: ${reason}`;
    list.append(item);
  }
  at("problem").append(text, ...(rest.length ? [list] : []));
  form?.querySelector("[aria-invalid]")?.focus();
};

const clearErrors = form => {
  form?.querySelectorAll(".wrong").forEach(each => each.remove());
  form?.querySelectorAll("[aria-invalid]").forEach(each => {
    each.removeAttribute("aria-invalid");
    each.removeAttribute("aria-describedby");
  });
};

const markField = (form, name, reason) => {
  const input = form?.elements[name];
  if (!input) return false;
  const wrong = document.createElement("p");
  wrong.className = "wrong";
  wrong.id = `${input.id}-wrong`;
  wrong.textContent = reason;
  input.closest("details")?.setAttribute("open", "");
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", wrong.id);
  input.after(wrong);
  return true;
};

// Does it, and shows what the API has against it; whether it went well.
const attempt = async (action, form) => {
  try {
    await action();
    at("problem").replaceChildren();
    clearErrors(form);
    return true;
  } catch (error) {
    showProblem(error, form);
    return false;
  } finally {
    at("forget-key").hidden = !hasKey();
  }
};

const show = (url = firstUrl(), before = []) => attempt(async () => {
  const number = ++state.asked;
  const { body, next } = await call("GET", url);
  if (number !== state.asked) return; // a later list is on its way
  Object.assign(state, { url, before, next });
  at("todos").replaceChildren(...body.map(todo => row(todo, actions)));
  at("empty").hidden = body.length > 0;
  const isFiltered = [...new FormData(at("filters")).values()].some(Boolean);
  at("empty").textContent = isFiltered ? "No todo is like that." : "Nothing to do yet. Add the first todo above.";
  at("pages").hidden = !before.length && !next;
  at("previous").disabled = !before.length;
  at("next").disabled = !next;
});

const again = () => show(state.url, state.before);

const valuesOf = form => {
  const { title, description, deadline_at } = form.elements;
  return {
    title: title.value,
    description: description.value || null,
    deadline_at: deadline_at.value ? new Date(deadline_at.value).toISOString() : null,
  };
};

const askToDelete = todo => new Promise(resolve => {
  const dialog = at("ask-delete");
  at("ask-delete-title").textContent = `Delete “${todo.title}”?`;
  dialog.returnValue = "keep"; // what Escape means
  dialog.addEventListener("close", () => resolve(dialog.returnValue === "delete"), { once: true });
  dialog.showModal();
});

const actions = {
  tick: (todo, box) => attempt(async () => {
    await call("PATCH", `${TODOS}/${todo.id}`, { completed: box.checked });
    say(`“${todo.title}” is ${box.checked ? "done" : "open"}.`);
  }).then(async went => {
    if (!went) box.checked = todo.completed;
    else if (await again()) at(`todo-${todo.id}`)?.focus();
  }),
  edit: (todo, item) => {
    const form = editor(todo);
    item.replaceChildren(form);
    form.elements.title.focus();
    const leave = async () => { await again(); at(`edit-${todo.id}`)?.focus(); };
    form.addEventListener("keydown", event => { if (event.key === "Escape") leave(); });
    form.querySelector("[name=cancel]").addEventListener("click", leave);
    form.addEventListener("submit", async event => {
      event.preventDefault();
      const save = () => call("PATCH", `${TODOS}/${todo.id}`, valuesOf(form));
      if (await attempt(save, form)) { say("Saved."); leave(); }
    });
  },
  remove: async todo => {
    if (!await askToDelete(todo)) return;
    if (!await attempt(() => call("DELETE", `${TODOS}/${todo.id}`))) return;
    say(`“${todo.title}” is deleted.`);
    await again();
    at("list-title").focus();
  },
};

at("add").addEventListener("submit", async event => {
  event.preventDefault();
  const form = event.target;
  if (!await attempt(() => call("POST", TODOS, valuesOf(form)), form)) return;
  say(`“${form.elements.title.value}” is added.`);
  form.reset();
  form.elements.title.focus();
  show();
});
at("filters").addEventListener("change", () => show());
at("filters").addEventListener("submit", event => event.preventDefault());
at("next").addEventListener("click", () => show(state.next, [...state.before, state.url]));
at("previous").addEventListener("click", () => show(state.before.at(-1), state.before.slice(0, -1)));
at("forget-key").addEventListener("click", () => { forgetKey(); show(); });
show();
