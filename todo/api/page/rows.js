// What a todo looks like in the list, and while it is edited.
const make = (tag, attributes = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...children);
  return element;
};

// The API's times are UTC, without saying so.
const moment = text => new Date(`${text}Z`);

const localTime = text => {
  const time = moment(text);
  return new Date(time - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

const deadline = todo => {
  const time = moment(todo.deadline_at);
  const shown = make("time", { dateTime: time.toISOString() },
    time.toLocaleString([], { dateStyle: "medium", timeStyle: "short" }));
  const isLate = !todo.completed && time < Date.now();
  return make("small", { className: isLate ? "late" : "" }, isLate ? "Was due " : "Due ", shown);
};

const button = (text, todo, more) => {
  const made = make("button", { type: "button", ...more }, text);
  made.setAttribute("aria-label", `${text} “${todo.title}”`);
  return made;
};

export const row = (todo, { tick, edit, remove }) => {
  const box = make("input", { type: "checkbox", id: `todo-${todo.id}`, checked: todo.completed });
  const label = make("label", { htmlFor: box.id }, todo.title);
  const text = make("div", {}, label);
  if (todo.description) text.append(make("small", {}, todo.description));
  if (todo.deadline_at) text.append(deadline(todo));
  const editing = button("Edit", todo, { id: `edit-${todo.id}` });
  const removing = button("Delete", todo);
  const item = make("li", { className: todo.completed ? "done" : "" },
    make("div", { className: "todo" }, box, text,
      make("div", { className: "buttons" }, editing, removing)));
  box.addEventListener("change", () => tick(todo, box));
  editing.addEventListener("click", () => edit(todo, item));
  removing.addEventListener("click", () => remove(todo));
  return item;
};

const field = (id, name, text, attributes) => make("div", { className: "field" },
  make("label", { htmlFor: `${id}-${name}` }, text),
  make("input", { id: `${id}-${name}`, name, autocomplete: "off", ...attributes }));

export const editor = todo => {
  const id = `change-${todo.id}`;
  const due = todo.deadline_at ? localTime(todo.deadline_at) : "";
  const form = make("form", { noValidate: true },
    field(id, "title", "Title", { value: todo.title }),
    field(id, "description", "Description", { value: todo.description ?? "" }),
    field(id, "deadline_at", "Deadline", { type: "datetime-local", value: due }),
    make("div", { className: "buttons" },
      make("button", { className: "main" }, "Save"),
      make("button", { type: "button", name: "cancel" }, "Cancel")));
  form.setAttribute("aria-label", `Edit “${todo.title}”`);
  return form;
};
