// For whom this page scans, and who the server says is signed in now. The two can differ: a session ends, a colleague
// signs in in another window. Scans belong to the first and are sent only while both are the same.

import { PROFILE } from "./leaving.js";
import { page } from "./words.js";

const PATIENCE_MS = 8_000;

export class Profile extends EventTarget {
  constructor() {
    super();
    const given = page.profile;
    this.person = given ?? stored();
    this.csrf = given?.csrf ?? "";
    this.present = given ? given.operator.id : null; // who is signed in; null: nobody, or not known yet
    this.known = Boolean(given);
    if (given) keep(given);
  }

  get id() {
    return this.person?.operator.id ?? null;
  }

  /** May this page's scans be sent now? */
  get ready() {
    return this.id !== null && this.present === this.id && Boolean(this.csrf);
  }

  /** Asks the server who is signed in. Throws when there is no connection. */
  async refresh() {
    const response = await fetch("/scan/profile", {
      headers: { Accept: "application/json" },
      cache: "no-store",
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (response.status === 200) this.#greet(await response.json());
    else if (response.status === 401) this.#part();
    else throw new Error(`profile: ${response.status}`);
    this.known = true;
    this.dispatchEvent(new Event("change"));
  }

  #greet(profile) {
    this.present = profile.operator.id;
    if (this.person && this.person.operator.id !== this.present) return; // the page says so; nothing is mixed
    this.person = profile;
    this.csrf = profile.csrf;
    keep(profile);
  }

  #part() {
    this.present = null;
    this.csrf = "";
  }
}

/** Without the token: what is needed to scan on without a connection. */
function keep({ csrf: _, ...rest }) {
  try {
    localStorage.setItem(PROFILE, JSON.stringify(rest));
  } catch {
    // a browser without storage scans only while it is connected
  }
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(PROFILE));
  } catch {
    return null;
  }
}
