// Saves the draft as a new version, and asks what to do when somebody else saved one meanwhile.

import { headers } from "./preview.js";
import { given, say } from "./words.js";

async function call(path, method, body) {
  try {
    const sent = body && JSON.stringify(body);
    const answer = await fetch(`${given.api}${path}?lang=${given.language}`, { method, headers, body: sent });
    return { status: answer.status, told: await answer.json().catch(() => ({})) };
  } catch {
    return { status: 0, told: { detail: say("no-connection") } };
  }
}

const sentence = ({ detail, hint }) => [detail, hint].filter(Boolean).join(" ") || say("not-saved");

/** `notice(kind, text, actions)` shows what is to be decided; `done()` is called when a version is kept. */
export class Saving {
  #busy = false;

  constructor(drafts, { notice, done }) {
    Object.assign(this, { drafts, notice, done });
  }

  async save(basedOn = this.drafts.saved.version) {
    if (this.#busy || !this.drafts.dirty) return;
    const document = this.drafts.document;
    const { status, told } = await this.#alone(() => call(`/${given.id}`, "PUT", { document, based_on: basedOn }));
    if (status === 200) return this.#kept(told.version, document);
    if (status === 422 && told.code === "nothing-changed") return this.#kept(basedOn, document);
    if (status === 409) return this.#conflict(told);
    this.notice("danger", status === 401 ? say("signed-out") : sentence(told));
  }

  async saveAsNew() {
    const document = this.drafts.document;
    const name = `${document.name.slice(0, 70)} ${say("copy-mark")}`;
    const { status, told } = await this.#alone(() => call("", "POST", { document: { ...document, name } }));
    if (status !== 201) return this.notice("danger", sentence(told));
    this.drafts.forget();
    location.assign(`${given.pages}/${told.id}/design`);
  }

  async #alone(act) {
    this.#busy = true;
    try {
      return await act();
    } finally {
      this.#busy = false;
    }
  }

  #kept(version, document) {
    this.drafts.saved = { version, document };
    this.drafts.write();
    this.notice("");
    this.done(version);
  }

  async #conflict(told) {
    const { status, told: latest } = await call(`/${given.id}`, "GET");
    const actions = [[say("save-as-new"), () => this.saveAsNew()]];
    if (status === 200) actions.push([say("save-on-top", { version: latest.latest }), () => this.save(latest.latest)]);
    actions.push([say("open-latest"), () => this.openLatest()]);
    this.notice("warning", sentence(told), actions);
  }

  openLatest() {
    this.drafts.forget();
    location.reload();
  }
}
