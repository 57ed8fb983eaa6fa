// The one queue of the device: rows are kept first, then sent in order, each exactly once.
//
// Only one tab sends at a time (Web Locks); the server tells twins by their nonce, so a broken connection or a
// browser without locks can at worst ask twice. Events: "change" (look at the store again), "answer" (detail: row).

import { attempt } from "./sending.js";
import * as store from "./store.js";

const LOCK = "suyuan-scans";
const SLOWEST_S = 30;
const POISON_TRIES = 3; // a row the server stumbles over again and again lets the others pass
const LATER_BY_ITSELF = new Set(["offline", "server", "strange", "stale"]);

export class Outbox extends EventTarget {
  constructor(profile) {
    super();
    this.profile = profile;
    this.busy = false;
    this.reason = ""; // why the queue stands still, "" when it does not
    this.failures = 0;
    this.wanted = false;
    this.channel = "BroadcastChannel" in window ? new BroadcastChannel("suyuan-scans") : null;
    this.channel?.addEventListener("message", ({ data }) => this.#heard(data));
    window.addEventListener("online", () => this.wake());
    window.addEventListener("focus", () => this.wake());
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
  }

  /** Keeps a scan and sends it when it can. Rejects when it could not be kept: then there was no scan. */
  async take(request, visit, at = new Date().toISOString()) {
    const row = await store.add(this.#row({ kind: "scan", nonce: nonce(), visit, at, request }));
    this.#changed();
    this.wake();
    return row;
  }

  /** Withdraws a scan: at once while nobody can have it, else by an undo that queues behind it. */
  async undo(row) {
    if (await store.takeBack(row.n)) return this.#changed();
    const values = { kind: "undo", nonce: `${row.nonce}-undo`, of: row.nonce, visit: row.visit, at: new Date().toISOString() };
    try {
      await store.add(this.#row(values));
    } catch (error) {
      if (error.name !== "ConstraintError") throw error; // a second tap: one undo is enough
      return;
    }
    this.#changed();
    this.wake();
  }

  /** Tries now, whatever the last attempt met. */
  wake() {
    clearTimeout(this.timer);
    this.wanted = true;
    if (!this.busy) this.#work();
  }

  async #work() {
    this.busy = true;
    try {
      while (this.wanted) {
        this.wanted = false;
        await exclusively(() => this.#round());
      }
    } finally {
      this.busy = false;
      this.#changed(false);
    }
  }

  async #round() {
    let after = 0;
    let refreshed = false;
    let stumbled = false;
    for (;;) {
      const row = await store.nextOf(this.profile.id, after);
      if (!row) return this.#rest(stumbled ? "server" : "");
      if (!this.profile.ready && !(await this.#identify())) return;
      const outcome = await this.#send(row);
      if (outcome.state === "settled") continue;
      if (outcome.status === 500 && row.tries + 1 >= POISON_TRIES) [after, stumbled] = [row.n, true];
      else if (outcome.reason === "stale" && !refreshed) refreshed = true; // the next turn fetches a token
      else return this.#rest(outcome.reason);
    }
  }

  async #send(row) {
    if (row.kind === "undo" && (await store.byNonce(row.of))?.answer?.verdict === "red") {
      await store.remove(row.n); // nothing was recorded, so there is nothing to withdraw
      return { state: "settled" };
    }
    // Counted before the first byte leaves: from here on it may have arrived.
    if (!(await store.change(row.n, { tries: row.tries + 1 }))) return { state: "settled" };
    const outcome = await attempt(row, this.profile.csrf);
    if (outcome.state === "settled") {
      const settled = await store.change(row.n, { state: "settled", answer: outcome.answer, reason: "" });
      this.failures = 0;
      this.reason = "";
      this.#changed();
      this.#answered(settled);
      return outcome;
    }
    await store.change(row.n, { reason: outcome.reason, backlog: true });
    if (outcome.reason === "stale") this.profile.csrf = "";
    if (outcome.reason === "signed-out" || outcome.reason === "other-operator") this.profile.present = null;
    return outcome;
  }

  /** Is the right person signed in? Leaves the queue standing, with the reason, when not. */
  async #identify() {
    try {
      await this.profile.refresh();
    } catch {
      this.#rest("offline");
      return false;
    }
    if (this.profile.ready) return true;
    this.#rest(this.profile.present === null ? "signed-out" : "other-operator");
    return false;
  }

  #rest(reason) {
    this.reason = reason;
    this.#changed();
    if (!LATER_BY_ITSELF.has(reason)) return;
    const seconds = Math.min(SLOWEST_S, 2 ** this.failures) * (0.75 + Math.random() / 2);
    this.failures += 1;
    this.timer = setTimeout(() => this.wake(), seconds * 1000);
  }

  #row(values) {
    const { id, name } = this.profile.person.operator;
    return { operator: id, operatorName: name, state: "waiting", tries: 0, reason: "", answer: null, seen: false, ...values };
  }

  #changed(tell = true) {
    if (tell) this.channel?.postMessage({ kind: "change" });
    this.dispatchEvent(new Event("change"));
  }

  #answered(row) {
    this.channel?.postMessage({ kind: "answer", row });
    this.dispatchEvent(new CustomEvent("answer", { detail: row }));
  }

  #heard(data) {
    if (data.kind === "answer") this.dispatchEvent(new CustomEvent("answer", { detail: data.row }));
    this.dispatchEvent(new Event("change"));
  }
}

/** One tab at a time. Without locks (a page that is not served securely) at least one round at a time in this tab. */
function exclusively(work) {
  return navigator.locks ? navigator.locks.request(LOCK, work) : work();
}

export function nonce() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function runId() {
  const digits = nonce();
  const version = `4${digits.slice(13, 16)}`;
  const variant = "89ab"[parseInt(digits[16], 16) & 3] + digits.slice(17, 20);
  return `urn:uuid:${digits.slice(0, 8)}-${digits.slice(8, 12)}-${version}-${variant}-${digits.slice(20)}`;
}
