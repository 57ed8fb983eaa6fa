// The big panel: what became of the last scan, in colour, icon, word and sentence; the item below it, and what can follow.

import { find, icon, make, show } from "./dom.js";
import { amount, say, steps } from "./words.js";

const LOOKS = {
  green: { icon: "circle-check-filled", word: "recorded" },
  amber: { icon: "alert-triangle-filled", word: "check" },
  red: { icon: "circle-x-filled", word: "not-recorded" },
  wait: { icon: "clock", word: "waiting" },
  busy: { icon: "loader-2", word: "sending" },
  idle: { icon: "scan", word: "ready" },
  info: { icon: "info-circle", word: "looked-up" },
};
const RED_STAYS_MS = 1800; // a red panel is seen even when the next green one is already there

export class Panel {
  /** `chosen(step)` is called when one of the steps that can follow is tapped. */
  constructor(chosen) {
    this.panel = find("#verdict");
    this.item = find("#item");
    this.next = find("#next");
    this.chosen = chosen;
    this.redUntil = 0;
  }

  idle(guide) {
    if (Date.now() < this.redUntil) return;
    this.#draw("idle", guide, "");
  }

  busy(code) {
    if (Date.now() >= this.redUntil) this.#draw("busy", code, "");
  }

  waiting(reason) {
    this.verdict({ verdict: "wait", sentence: say("kept-here"), hint: say(`why-${reason || "offline"}`) });
  }

  /** An answer of the server, or one in the same shape made here. */
  verdict(answer) {
    clearTimeout(this.later);
    const left = this.redUntil - Date.now();
    if (left > 0 && answer.verdict !== "red") {
      this.later = setTimeout(() => this.verdict(answer), left);
      return;
    }
    if (answer.verdict === "red") this.redUntil = Date.now() + RED_STAYS_MS;
    this.#draw(answer.verdict, answer.sentence, answer.hint, answer.word);
    this.card(answer.item, answer.next_steps);
  }

  card(item, nextSteps = []) {
    show(this.item, Boolean(item));
    if (item) this.item.replaceChildren(...cardOf(item));
    const buttons = nextSteps.filter((name) => steps[name]).map((name) => this.#nextButton(name));
    show(this.next, buttons.length > 0);
    this.next.replaceChildren(make("span", { class: "scan-next-title" }, say("can-follow")), ...buttons);
  }

  #nextButton(name) {
    const { title, icon: picture } = steps[name];
    return make("button", { type: "button", class: "scan-chip", "data-next": name, onclick: () => this.chosen(name) }, icon(picture), title);
  }

  #draw(colour, sentence, hint, word) {
    const look = LOOKS[colour];
    this.panel.dataset.colour = colour;
    this.panel.classList.remove("is-new");
    void this.panel.offsetWidth; // begins the animation anew for the same colour twice
    this.panel.classList.add("is-new");
    this.panel.replaceChildren(
      make("span", { class: "scan-verdict-icon" }, icon(look.icon)),
      make(
        "div",
        { class: "scan-verdict-text" },
        make("strong", { class: "scan-verdict-word" }, word || say(look.word)),
        make("p", { class: "scan-verdict-sentence" }, sentence),
        hint ? make("p", { class: "scan-verdict-hint" }, hint) : "",
      ),
    );
  }
}

function cardOf(item) {
  const lines = [
    [say("lot"), item.lot],
    [say("serial"), item.serial],
    [say("quantity"), amount(item.quantity, item.unit)],
    [say("place"), item.place],
    [say("container"), item.container],
    [say("state"), item.state],
  ].filter(([, value]) => value);
  const name = make("span", {}, item.title || item.identifier, item.product ? make("small", {}, item.product) : "");
  const title = item.url ? make("a", { class: "scan-item-title", href: item.url }, name) : make("div", { class: "scan-item-title" }, name);
  return [
    title,
    make("code", { class: "scan-item-code", translate: "no" }, item.identifier),
    item.held ? make("p", { class: "scan-item-held" }, icon("hand-stop"), say("on-hold", { reason: item.held })) : "",
    make("dl", { class: "scan-item-lines" }, ...lines.map(([term, value]) => make("div", {}, make("dt", {}, term), make("dd", {}, value)))),
    item.claim ? make("a", { class: "scan-chip scan-item-label", href: item.claim }, icon("tag"), say("claim")) : "",
    item.label ? make("a", { class: "scan-chip scan-item-label", href: item.label }, icon("printer"), say("print-label")) : "",
  ].filter(Boolean);
}

/** The screen that nobody can overlook: a held item stops the work until a person says that it was seen. */
export class Stop {
  constructor() {
    this.dialog = find("#stop");
    this.dialog.addEventListener("cancel", (event) => event.preventDefault()); // Escape is also on some scanners
    find("#stop-seen").addEventListener("click", () => this.dialog.close());
  }

  get open() {
    return this.dialog.open;
  }

  show({ sentence, hint }) {
    find("#stop-sentence").textContent = sentence;
    find("#stop-hint").textContent = hint ?? "";
    this.dialog.showModal();
  }
}
