// The list of elements, the foremost first: to choose what lies under something else, and to change the order.

import { reordered } from "./document.js";
import { icon, make } from "./dom.js";
import { kinds, nameOf, say } from "./words.js";

export class Layers {
  constructor(store, root, { problemsOf, isHidden }) {
    Object.assign(this, { store, root, problemsOf, isHidden });
  }

  render() {
    const focused = this.root.contains(document.activeElement) ? document.activeElement.dataset.key : "";
    const { elements } = this.store.label;
    this.root.replaceChildren(...elements.map((one, at) => this.#line(one, at, elements.length)).reverse());
    if (focused) this.root.querySelector(`[data-key="${focused}"]`)?.focus({ preventScroll: true });
    if (!elements.length) this.root.append(make("li", { class: "design-empty text-secondary" }, say("no-elements")));
  }

  #line(one, at, count) {
    const chosen = this.store.chosen.includes(one.id);
    const problems = this.problemsOf(one.id);
    const choose = make(
      "button",
      { class: "design-layer-name", type: "button", "aria-pressed": String(chosen), "data-key": `c${one.id}`, onclick: (event) => this.#choose(one.id, event) },
      icon(kinds[one.kind]?.icon ?? "square"),
      make("span", {}, nameOf(one)),
      problems.length ? make("span", { class: "design-layer-mark is-wrong", title: problems.map(({ message }) => message).join(" ") }, icon("alert-triangle"), make("span", { class: "visually-hidden" }, say("has-problem"))) : null,
      this.isHidden(one.id) ? make("span", { class: "design-layer-mark", title: say("not-shown") }, icon("eye-off"), make("span", { class: "visually-hidden" }, say("not-shown"))) : null,
    );
    const move = (step, name, title, disabled) =>
      make(
        "button",
        { class: "btn btn-icon btn-sm btn-ghost-secondary", type: "button", "aria-label": `${say(title)}: ${nameOf(one)}`, "data-key": `${title}${one.id}`, "aria-disabled": disabled ? "true" : null, onclick: () => !disabled && this.store.change(reordered(this.store.settled, one.id, step)) },
        icon(name),
      );
    return make("li", { class: `design-layer-line${chosen ? " is-chosen" : ""}` }, choose, move(1, "chevron-up", "forward", at === count - 1), move(-1, "chevron-down", "backward", at === 0));
  }

  #choose(id, event) {
    const adds = event.shiftKey || event.ctrlKey || event.metaKey;
    const { chosen } = this.store;
    this.store.choose(!adds ? [id] : chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  }
}
