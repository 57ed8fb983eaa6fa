// What is being designed, what of it is chosen, and who wants to know when either changes.

import { elementOf } from "./document.js";
import { History } from "./history.js";

export class Store {
  #history;
  #passing = null;
  #listeners = new Map();

  constructor(label) {
    this.#history = new History(label);
    this.chosen = [];
  }

  /** As it is now; while something is dragged, as it would be. */
  get label() {
    return this.#passing ?? this.#history.now;
  }

  /** As it is once nothing is dragged. */
  get settled() {
    return this.#history.now;
  }

  get elements() {
    return this.chosen.map((id) => elementOf(this.label, id)).filter(Boolean);
  }

  get canUndo() {
    return this.#history.canUndo;
  }

  get canRedo() {
    return this.#history.canRedo;
  }

  on(event, listener) {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  tell(event) {
    for (const listener of this.#listeners.get(event) ?? []) listener();
  }

  change(label, tag = "") {
    this.#passing = null;
    if (label === this.settled) return this.tell("change");
    this.#history.push(label, tag);
    this.#keepChosen();
    this.tell("change");
  }

  /** Only shown: not kept, and not to be undone. `null` takes it back. */
  pass(label) {
    this.#passing = label;
    this.tell(label ? "pass" : "change");
  }

  choose(ids) {
    this.chosen = ids;
    this.tell("choose");
  }

  undo() {
    this.#step(() => this.#history.undo());
  }

  redo() {
    this.#step(() => this.#history.redo());
  }

  #step(go) {
    this.#passing = null;
    go();
    this.#keepChosen();
    this.tell("change");
  }

  #keepChosen() {
    const still = this.chosen.filter((id) => elementOf(this.settled, id));
    if (still.length !== this.chosen.length) this.choose(still);
  }
}
