// Unsaved changes are kept in this browser, for each person and template apart, and announced when the page is left.

import { closed, same } from "./document.js";
import { given } from "./words.js";

const key = `label-design:${given.person}:${given.id}`;
const WAIT_MS = 250;

export function kept() {
  try {
    return JSON.parse(localStorage.getItem(key) || "null");
  } catch {
    return null;
  }
}

export class Drafts {
  #timer = 0;
  #leaving = false;

  constructor(store, saved) {
    this.store = store;
    this.saved = saved; // {version, document}
    this.undecided = false; // an older draft waits for a decision: it stays until there is one, or something newer
    addEventListener("beforeunload", (event) => {
      this.write();
      if (this.dirty && !this.#leaving) event.preventDefault();
    });
    addEventListener("pagehide", () => this.write());
  }

  get document() {
    return closed(this.store.settled, given.defaults);
  }

  get dirty() {
    return !same(this.document, this.saved.document);
  }

  soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.write(), WAIT_MS);
  }

  write() {
    clearTimeout(this.#timer);
    if (this.undecided && !this.dirty) return;
    try {
      if (this.dirty) {
        localStorage.setItem(key, JSON.stringify({ version: this.saved.version, document: this.document, time: Date.now() }));
      } else localStorage.removeItem(key);
    } catch {
      // a full or forbidden storage: leaving is still announced
    }
  }

  forget() {
    clearTimeout(this.#timer);
    localStorage.removeItem(key);
    this.#leaving = true;
  }
}
