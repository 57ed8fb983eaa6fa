// The inputs of the properties panel. Each has `set(element)` to show a value from elsewhere, and tells what is typed.

import { make } from "./dom.js";
import { fields, say } from "./words.js";

let ids = 0;

/** A label, its input and the place for what is wrong. `read(one)` gives the value to show. */
function row(name, title, input, { hint = "", wide = false } = {}) {
  const id = `p-${name}-${(ids += 1)}`;
  input.id = id;
  const wrong = make("p", { class: "invalid-feedback", id: `${id}-error` });
  const note = hint ? make("small", { class: "form-hint", id: `${id}-hint` }, hint) : null;
  if (note) input.setAttribute("aria-describedby", note.id);
  const node = make("div", { class: `design-row${wide ? " is-wide" : ""}`, "data-property": name }, make("label", { class: "form-label", for: id }, title), input, note, wrong);
  const problem = (sentence) => {
    wrong.textContent = sentence;
    wrong.classList.toggle("d-block", Boolean(sentence));
    input.classList.toggle("is-invalid", Boolean(sentence));
    input.toggleAttribute("aria-invalid", Boolean(sentence));
    if (sentence) input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", [note?.id, sentence && wrong.id].filter(Boolean).join(" "));
  };
  return { node, name, problem, input };
}

/** What is typed is left alone while it is being typed, even where it is shown otherwise afterwards. */
const unlessTyped = (input, value) => {
  if (document.activeElement !== input || input.type === "checkbox" || input.tagName === "SELECT") input.value = value;
};

export function numberInput(name, title, { least, most, step = 0.1, hint, empty = null, wide = false }, tell) {
  const input = make("input", { class: "form-control", type: "number", inputmode: "decimal", min: least, max: most, step });
  const made = row(name, title, input, { hint, wide });
  input.addEventListener("input", () => {
    const value = input.value === "" ? empty : Number(input.value);
    if (value !== null && Number.isFinite(value)) tell(value);
  });
  input.addEventListener("blur", () => input.value === "" && made.set(made.shown));
  return Object.assign(made, {
    set(one) {
      made.shown = one;
      const value = one[name];
      if (document.activeElement !== input || Number(input.value) !== value) {
        if (!(empty !== null && value === empty && document.activeElement === input)) input.value = empty !== null && value === empty ? "" : value;
      }
    },
  });
}

export function choiceInput(name, title, choices, tell, { hint, number = false, wide = false } = {}) {
  const input = make("select", { class: "form-select" }, choices.map(([value, text]) => make("option", { value }, text)));
  const made = row(name, title, input, { hint, wide });
  input.addEventListener("change", () => tell(number ? Number(input.value) : input.value));
  return Object.assign(made, { set: (one) => (input.value = String(one[name])) });
}

export function flagInput(name, title, tell, hint = "") {
  const input = make("input", { class: "form-check-input", type: "checkbox" });
  const note = hint ? make("small", { class: "form-hint" }, hint) : null;
  const node = make("div", { class: "design-row is-wide", "data-property": name }, make("label", { class: "form-check" }, input, make("span", { class: "form-check-label" }, title)), note);
  input.addEventListener("change", () => tell(input.checked));
  return { node, name, input, problem() {}, set: (one) => (input.checked = Boolean(one[name])) };
}

/** A menu of fields and a button that puts the chosen one where the cursor is. */
function inserter(input, changed) {
  const id = `p-field-${(ids += 1)}`;
  const menu = make("select", { class: "form-select form-select-sm", id }, fields.map((one) => make("option", { value: one.name }, one.title)));
  const insert = () => {
    const field = fields.find((one) => one.name === menu.value);
    const token = field.date ? `{${field.name}:YYYY-MM-DD}` : `{${field.name}}`;
    input.setRangeText(token, input.selectionStart ?? input.value.length, input.selectionEnd ?? input.value.length, "end");
    input.focus();
    changed();
  };
  const button = make("button", { class: "btn btn-sm", type: "button", onclick: insert }, say("insert"));
  return make("div", { class: "design-insert" }, make("label", { class: "visually-hidden", for: id }, say("field")), menu, button);
}

export function textInput(name, title, { rows = 2, read = (one) => one[name], hint = "", plain = false, most = 500, lang = "" }, tell) {
  const tag = rows > 1 ? "textarea" : "input";
  const input = make(tag, { class: "form-control", rows: rows > 1 ? rows : null, maxlength: most, spellcheck: "false", autocomplete: "off", lang: lang || null });
  const made = row(name, title, input, { hint, wide: true });
  const changed = () => tell(input.value);
  input.addEventListener("input", changed);
  if (!plain) input.after(inserter(input, changed));
  return Object.assign(made, { set: (one) => unlessTyped(input, read(one)) });
}
