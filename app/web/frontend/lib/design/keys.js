// The keyboard on the label: Tab goes from element to element, the rest is here. Inputs keep their own keys.

import { added, changed, copies, forClipboard, moved, pasted, removed, reordered, turned, within } from "./document.js";
import { given } from "./words.js";

const STEP = 0.5; // mm
const FAR = 5;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const CLIPBOARD = "label-design-clipboard";

export class Keys {
  /** `acts` has save, edit (go to the properties), cancel, zoom(step). */
  constructor(store, paper, stage, acts) {
    Object.assign(this, { store, paper, stage, acts });
    document.addEventListener("keydown", (event) => this.#anywhere(event));
    stage.addEventListener("keydown", (event) => this.#onStage(event));
    stage.addEventListener("focusin", ({ target }) => {
      const id = target.dataset?.id;
      if (id && !store.chosen.includes(id)) store.choose([id]);
    });
  }

  #anywhere(event) {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    this.acts.save();
  }

  #onStage(event) {
    const control = event.ctrlKey || event.metaKey;
    const { id } = event.target.dataset ?? {};
    const means = event.key in ARROWS || ["Delete", "Backspace", "Enter", "r", "[", "]"].includes(event.key);
    if (id && means && !this.store.chosen.length) this.store.choose([id]); // it has the focus: that one is meant
    const done = event.key in ARROWS ? this.#arrow(event, control) : control ? this.#withControl(event) : this.#alone(event);
    if (done) event.preventDefault();
  }

  #arrow(event, control) {
    const ids = this.store.chosen;
    if (!ids.length || event.altKey) return false;
    const [x, y] = ARROWS[event.key].map((way) => way * (event.shiftKey ? FAR : STEP));
    const label = this.store.settled;
    if (control) {
      const grown = (one) => within(label, { ...one, width: Math.max(STEP, one.width + x), height: Math.max(STEP, one.height + y) });
      this.store.change(changed(label, ids, grown), `size ${ids}`);
    } else this.store.change(moved(label, ids, x, y), `move ${ids}`);
    return true;
  }

  #withControl(event) {
    const acts = {
      z: () => (event.shiftKey ? this.store.redo() : this.store.undo()),
      y: () => this.store.redo(),
      c: () => this.copy(),
      x: () => this.copy() && this.remove(),
      v: () => this.paste(),
      d: () => this.duplicate(),
      a: () => this.store.choose(this.store.label.elements.map((one) => one.id)),
    };
    const act = acts[event.key.toLowerCase()];
    if (!act) return false;
    act();
    return true;
  }

  #alone(event) {
    const acts = {
      Delete: () => this.remove(),
      Backspace: () => this.remove(),
      Enter: () => this.acts.edit(),
      " ": () => this.#toggle(event.target.dataset?.id),
      Escape: () => this.#escape(),
      r: () => this.turn(),
      "[": () => this.reorder(-1),
      "]": () => this.reorder(1),
      "+": () => this.acts.zoom(1),
      "-": () => this.acts.zoom(-1),
      0: () => this.acts.zoom(0),
    };
    const act = acts[event.key];
    if (!act) return false;
    act();
    return true;
  }

  #toggle(id) {
    if (id) this.store.choose(this.store.chosen.includes(id) ? this.store.chosen.filter((one) => one !== id) : [...this.store.chosen, id]);
  }

  #escape() {
    this.acts.cancel();
    this.store.choose([]);
  }

  #focusChosen() {
    (this.paper.piece(this.store.chosen[0]) ?? this.stage).focus({ preventScroll: true });
  }

  remove() {
    const ids = this.store.chosen;
    if (!ids.length) return;
    const { elements } = this.store.settled;
    const at = elements.findIndex((one) => one.id === ids[0]);
    const rest = elements.filter((one) => !ids.includes(one.id));
    this.store.change(removed(this.store.settled, ids));
    this.store.choose(rest.length ? [rest[Math.min(at, rest.length - 1)].id] : []);
    this.#focusChosen();
  }

  copy() {
    if (!this.store.chosen.length) return false;
    try {
      localStorage.setItem(CLIPBOARD, forClipboard(this.store.elements));
    } catch {
      return false;
    }
    return true;
  }

  paste() {
    const label = this.store.settled;
    const elements = pasted(localStorage.getItem(CLIPBOARD) ?? "", label, given.defaults);
    if (elements?.length) this.#add(copies(label, elements));
  }

  duplicate() {
    if (this.store.chosen.length) this.#add(copies(this.store.settled, this.store.elements));
  }

  #add(elements) {
    this.store.change(added(this.store.settled, elements));
    this.store.choose(elements.map((one) => one.id));
    this.#focusChosen();
  }

  turn() {
    const ids = this.store.chosen;
    if (ids.length) this.store.change(turned(this.store.settled, ids));
  }

  reorder(step) {
    const [id] = this.store.chosen;
    if (id) this.store.change(reordered(this.store.settled, id, step));
    this.#focusChosen();
  }
}
