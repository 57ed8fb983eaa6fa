// A quantity typed with thumbs in gloves, or on a keyboard. Numbers go out as text: a kilogram is no floating point.

import { find } from "./dom.js";
import { say } from "./words.js";

const NUMBER = /^\d{1,12}(\.\d{1,6})?$/;

export class Keypad {
  constructor() {
    this.dialog = find("#keypad");
    this.field = find("#keypad-field");
    this.dialog.addEventListener("click", (event) => this.#tap(event.target.closest("[data-key]")?.dataset.key));
    this.dialog.addEventListener("close", () => this.#answer(this.dialog.returnValue === "yes" ? this.#value() : null));
    find("form", this.dialog).addEventListener("submit", (event) => this.#check(event));
  }

  get open() {
    return this.dialog.open;
  }

  /** Resolves to the number as text, "" for "all that is there", or null when cancelled. */
  ask(question, { value = "", optional = false } = {}) {
    find("#keypad-title").textContent = question;
    find("#keypad-error").textContent = "";
    find("#keypad-all").hidden = !optional;
    this.optional = optional;
    this.field.value = value;
    this.dialog.returnValue = "no";
    this.dialog.showModal();
    this.field.focus();
    return new Promise((resolve) => (this.resolve = resolve));
  }

  #tap(key) {
    if (!key) return;
    if (key === "back") this.field.value = this.field.value.slice(0, -1);
    else if (key === "cancel") this.dialog.close("no");
    else if (key === "all") this.#all();
    else this.field.value += key;
    find("#keypad-error").textContent = "";
  }

  #all() {
    this.field.value = "";
    this.dialog.close("yes");
  }

  #value() {
    return this.field.value.normalize("NFKC").trim().replace(",", ".");
  }

  #check(event) {
    if (this.optional && !this.#value()) return;
    if (NUMBER.test(this.#value()) && Number(this.#value()) > 0) return;
    event.preventDefault();
    find("#keypad-error").textContent = say("bad-quantity", { quantity: this.field.value });
    this.field.focus();
  }

  #answer(value) {
    this.resolve?.(value);
    this.resolve = null;
  }
}
