// The scan desk: every scan, whichever way it came in, ends in `taken()`; every answer comes back through `#answered()`.

import { look } from "./asking.js";
import { Chooser } from "./chooser.js";
import { find, show } from "./dom.js";
import * as flow from "./flow.js";
import { Keypad } from "./keypad.js";
import * as memory from "./memory.js";
import { Outbox, runId } from "./outbox.js";
import { Panel, Stop } from "./panel.js";
import { signal } from "./signals.js";
import * as store from "./store.js";
import { Trail } from "./trail.js";
import { nameOf, say, steps } from "./words.js";

const HELD = new Set(["held", "content-held"]);
const SOON_MS = 1500; // an answer later than this is told as waiting first
const opened = new Date().toISOString();

const freshRun = () => ({ run: runId(), runBegan: new Date().toISOString() });
/** What was recorded, in the worker's words: "Inspect · Fail · Module · SN-0041". */
function summaryOf({ request, answer }) {
  const result = request.result ? say(`result-${request.result}`) : "";
  return [steps[request.step]?.title, result, nameOf(answer.item)].filter(Boolean).join(" · ");
}

const red = (key, values) => ({ verdict: "red", sentence: say(key, values), hint: say(`${key}-hint`) });

export class Desk {
  constructor(profile) {
    this.profile = profile;
    this.outbox = new Outbox(profile);
    this.panel = new Panel((step) => this.#follow(step));
    this.stop = new Stop();
    this.keypad = new Keypad();
    this.visit = memory.visitOf(profile.id);
    this.setting = memory.settingOf(profile.id, profile.person);
    this.looked = ""; // the code that was looked at last, for a step chosen after it
    this.live = null; // the row whose answer the panel is to show
    this.mine = new Set();
    this.sums = { green: 0, amber: 0, red: 0 };
    this.trail = new Trail(profile, this.outbox, {
      undo: (row) => this.outbox.undo(row),
      quantity: (row) => this.#again(row),
      seen: (row) => this.#seen(row),
    });
    this.chooser = new Chooser({
      step: (name) => this.#follow(name),
      place: (epc) => this.#place(epc),
      change: (values) => this.#change(values),
      newRun: () => this.#change(freshRun()),
      newParent: () => this.#change({ parent: null }),
      quantity: () => this.#askQuantity(),
    });
    this.outbox.addEventListener("change", () => this.#moved());
    this.outbox.addEventListener("answer", ({ detail }) => this.#answered(detail));
  }

  /** While a person has to answer first. */
  get blocked() {
    return this.stop.open || this.keypad.open;
  }

  begin() {
    const { places = [], partners = [] } = this.profile.person ?? {};
    this.chooser.places(places, this.setting);
    this.chooser.partners(partners, this.setting);
    this.#change({});
    this.view(flow.missing({ ...this.setting, parent: true, destination: true }) ? "choose" : "work");
    this.outbox.wake();
    store.insist();
    store.tidy();
  }

  view(name) {
    find("#scan").dataset.view = name;
    show(find("#choose"), name === "choose");
    show(find("#work"), name === "work");
  }

  finish() {
    this.visit = memory.newVisit(this.profile.id);
    this.live = null;
    this.panel.card(null);
    this.#change({ parent: null, reason: "", quantity: "", order: "", run: "", runBegan: "", step: "" });
    this.view("choose");
    this.trail.draw(this.visit.id);
  }

  /** One scan, at the moment it was made. Resolves when the worker may make the next. */
  async taken(text, at = new Date().toISOString()) {
    // The scan before may still be asking what it names, and this one may belong into that.
    while (this.deciding) await this.deciding.catch(() => {});
    if (this.blocked) return signal("red");
    if (!this.profile.person) return this.#tell(red("nobody"));
    const place = flow.placeNamed(text, this.profile.person.places);
    if (place) return this.#place(place.epc);
    switch (flow.missing(this.setting)) {
      case "step":
        return this.#decide(this.#lookAt(text));
      case "place":
        return this.#tell(red("place-first"));
      case "parent":
        return this.#decide(this.#adopt(text));
      case "destination":
        return this.#tell(red("destination-first"));
      default:
        return this.#record(flow.requestFor(this.setting, text), at);
    }
  }

  #decide(answer) {
    this.deciding = answer.finally(() => (this.deciding = null));
    return this.deciding;
  }

  async #record(request, at) {
    if (this.setting.quantity) this.#change({ quantity: "" });
    let row;
    try {
      row = await this.outbox.take(request, this.visit.id, at);
    } catch {
      return this.#tell(red("not-kept"));
    }
    this.view("work");
    this.live = { nonce: row.nonce, told: false };
    this.mine.add(row.nonce);
    this.panel.busy(request.code);
    return new Promise((resolve) => {
      this.live.resolve = resolve;
      setTimeout(() => this.#stillWaiting(row.nonce), SOON_MS);
    });
  }

  #stillWaiting(nonce) {
    if (this.live?.nonce !== nonce || this.live.told) return;
    this.live.told = true;
    this.live.resolve();
    this.panel.waiting(this.outbox.reason);
    signal("wait");
  }

  async #moved() {
    this.trail.draw(this.visit.id);
    if (this.live && !this.live.told && this.outbox.reason) {
      const row = await store.byNonce(this.live.nonce);
      if (row?.state === "waiting" && row.reason) this.#stillWaiting(row.nonce);
    }
    if (!this.outbox.busy) this.#sumUp();
  }

  #answered(row) {
    const own = this.mine.has(row.nonce) || (row.kind === "undo" && this.mine.has(row.of));
    if (this.live?.nonce === row.nonce || (own && !row.backlog)) this.#show(row);
    else if (own || row.backlog || row.at < opened) this.sums[row.answer.verdict] += 1;
  }

  #show(row) {
    const { answer } = row;
    if (this.live?.nonce === row.nonce) {
      this.live.resolve?.();
      this.live = null;
    }
    this.#tell(answer.code === "recorded" ? { ...answer, sentence: summaryOf(row) } : answer);
    if (answer.verdict !== "red") return;
    store.change(row.n, { seen: true });
    if (HELD.has(answer.code)) this.stop.show(answer);
    if (answer.code === "quantity-missing") this.#again({ ...row, seen: true });
  }

  /** What became of the scans that had waited, in one line instead of a flicker. */
  #sumUp() {
    const { green, amber, red: refused } = this.sums;
    if (green + amber + refused === 0) return;
    this.sums = { green: 0, amber: 0, red: 0 };
    const verdict = refused ? "red" : amber ? "amber" : "green";
    this.#tell({ verdict, word: say("sent"), sentence: say("sent-what-waited", { recorded: green + amber, refused }), hint: refused ? say("see-list") : "" });
  }

  #tell(answer) {
    this.panel.verdict(answer);
    signal(answer.verdict);
  }

  async #lookAt(text) {
    const found = await look(text);
    if (found.offline) return this.#tell(red("step-first"));
    if (found.problem) return this.#tell({ verdict: "red", word: say("unknown"), ...found.problem });
    if (this.profile.person.places.some(({ epc }) => epc === found.item.epc)) return this.#place(found.item.epc);
    this.looked = text;
    this.view("work");
    this.panel.verdict({ verdict: "info", sentence: found.next_steps.length ? say("choose-what-follows") : say("nothing-follows"), hint: "", ...found });
    signal("tick");
    return undefined;
  }

  async #adopt(text) {
    const found = await look(text);
    if (found.problem) return this.#tell({ verdict: "red", ...found.problem });
    const item = found.item ?? { title: "", identifier: text };
    const title = [item.title, item.serial || item.lot].filter(Boolean).join(" · ");
    this.#change({ parent: { code: text, title, identifier: item.identifier, checked: !found.offline } });
    this.panel.card(found.item ?? null);
    signal("tick");
    return undefined;
  }

  #place(epc) {
    this.#change({ place: epc, parent: null });
    signal("tick");
    if (this.setting.step) this.view("work");
  }

  /** A step was tapped. After a look it is done at once with what was looked at, if nothing else is to be said. */
  #follow(step) {
    const after = this.looked && step !== flow.LOOK ? this.looked : "";
    this.looked = "";
    this.#change(flow.forStep(this.setting, step, freshRun));
    if (this.setting.place || step === flow.LOOK) this.view("work");
    if (after && !flow.missing(this.setting) && step !== "inspect") this.taken(after);
  }

  #change(values) {
    this.setting = { ...this.setting, ...values };
    memory.remember(this.profile.id, this.setting);
    this.chooser.draw(this.setting, this.profile.person?.places ?? []);
    this.panel.idle(this.#guide());
  }

  #guide() {
    const { step } = this.setting;
    const lack = flow.missing(this.setting);
    if (lack === "parent") return say(`guide-parent-${step}`);
    if (lack === "step") return say("guide-look");
    return lack ? say(`${lack}-first`) : say(`guide-${step}`);
  }

  async #askQuantity() {
    const quantity = await this.keypad.ask(say("how-much-next"), { value: this.setting.quantity, optional: true });
    if (quantity !== null) this.#change({ quantity });
  }

  /** The same scan once more, with the quantity that was missing and the time at which it was made. */
  async #again(row) {
    const quantity = await this.keypad.ask(row.answer.sentence);
    if (!quantity) return;
    await store.change(row.n, { again: true, seen: true });
    await this.#record({ ...row.request, quantity }, row.at);
  }

  async #seen(row) {
    await store.change(row.n, { seen: true });
    this.trail.draw(this.visit.id);
  }
}
