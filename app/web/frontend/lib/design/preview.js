// Asks the server how the draft looks at printer dots: a moment after the last change, and one question at a time.

import { closed } from "./document.js";
import { given, say } from "./words.js";

const WAIT_MS = 120;
const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
export const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token };

export class Preview {
  #timer = 0;
  #asking = null;
  #again = false;

  /** `ask()` gives {dpi, language, sample, identifier}; `show(answer, label)` and `fail(sentence)` take what came. */
  constructor(store, { ask, show, fail }) {
    Object.assign(this, { store, ask, show, fail });
  }

  soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.now(), WAIT_MS);
  }

  async now() {
    clearTimeout(this.#timer);
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = this.#fetch(this.store.settled).finally(() => {
      this.#asking = null;
      if (!this.#again) return;
      this.#again = false;
      this.now();
    });
  }

  async #fetch(label) {
    const body = JSON.stringify({ document: closed(label, given.defaults), ...this.ask() });
    let answer;
    try {
      answer = await fetch(`${given.api}/preview?lang=${given.language}`, { method: "POST", headers, body });
    } catch {
      return this.fail(say("no-connection"));
    }
    const told = await answer.json().catch(() => ({}));
    if (answer.ok) return this.show(told, label);
    this.fail(answer.status === 401 ? say("signed-out") : [told.detail, told.hint].filter(Boolean).join(" ") || say("no-preview"));
  }
}
