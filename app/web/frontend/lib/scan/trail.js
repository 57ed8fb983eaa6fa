// The list of scans: what waits, with the reason; what was refused while nobody looked; this visit, newest first.

import { find, icon, make, show } from "./dom.js";
import * as store from "./store.js";
import { nameOf, say, steps, timeOf } from "./words.js";

const SHOWN = 60;
const PICTURES = { green: "circle-check-filled", amber: "alert-triangle-filled", red: "circle-x-filled", wait: "clock" };

export class Trail {
  /** `actions`: undo(row), quantity(row), seen(row). */
  constructor(profile, outbox, actions) {
    Object.assign(this, { profile, outbox, actions });
    this.turn = 0;
  }

  async draw(visit) {
    const turn = ++this.turn;
    const rows = (await store.all()).reverse();
    if (turn !== this.turn) return; // a newer drawing is under way
    const undos = new Map(rows.filter(({ kind }) => kind === "undo").map((row) => [row.of, row]));
    const mine = rows.filter(({ operator }) => operator === this.profile.id);
    const waiting = rows.filter(({ state }) => state === "waiting");
    this.#drawWaiting(waiting.reverse());
    this.#drawMissed(mine.filter((row) => row.state === "settled" && row.answer.verdict === "red" && !row.seen));
    const here = mine.filter((row) => row.kind === "scan" && row.visit === visit && !row.again);
    this.#drawVisit(here, undos);
  }

  #drawVisit(rows, undos) {
    const counted = rows.filter((row) => isRecorded(row) && !isRecorded(undos.get(row.nonce)));
    find("#count").textContent = String(counted.length);
    find("#trail").replaceChildren(...rows.slice(0, SHOWN).map((row) => this.#line(row, undos.get(row.nonce))));
    show(find("#trail-empty"), rows.length === 0);
  }

  #drawMissed(rows) {
    show(find("#missed"), rows.length > 0);
    find("#missed-list").replaceChildren(...rows.map((row) => this.#line(row, undefined, true)));
  }

  #drawWaiting(rows) {
    const own = rows.filter(({ operator }) => operator === this.profile.id);
    const others = rows.filter(({ operator }) => operator !== this.profile.id);
    const stuck = own.length > 0 && Boolean(this.outbox.reason);
    const box = find("#waiting");
    box.dataset.count = own.length;
    find("#waiting-badge").dataset.count = rows.length;
    find("#waiting-badge-number").textContent = rows.length;
    show(find("#waiting-badge"), rows.length > 0);
    show(box, stuck || others.length > 0);
    if (box.hidden) return;
    find("#waiting-title").textContent = stuck ? say("n-waiting", { n: own.length }) : say("n-waiting-others", { n: others.length });
    find("#waiting-why").textContent = stuck ? say(`why-${this.outbox.reason}`) : say("others-sign-in");
    show(find("#waiting-retry"), stuck && !["signed-out", "other-operator"].includes(this.outbox.reason));
    show(find("#waiting-sign-in"), ["signed-out", "other-operator"].includes(this.outbox.reason) && stuck);
    find("#waiting-list").replaceChildren(...own.map((row) => this.#line(row)), ...others.map((row) => this.#line(row)));
  }

  #line(row, undo, missed = false) {
    const colour = row.state === "waiting" ? "wait" : row.answer.verdict;
    const undone = isRecorded(undo);
    const foreign = row.operator !== this.profile.id;
    const step = row.kind === "undo" ? say("undo") : (steps[row.request.step]?.title ?? row.request.step);
    return make(
      "li",
      { class: `scan-line${undone ? " is-undone" : ""}`, "data-colour": colour, "data-nonce": row.nonce },
      make("span", { class: "scan-line-icon" }, icon(PICTURES[colour])),
      make(
        "div",
        { class: "scan-line-text" },
        make("strong", {}, titleOf(row)),
        make("small", {}, `${step} · ${timeOf(row.at)}${foreign ? ` · ${row.operatorName}` : ""}`),
        make("small", { class: "scan-line-why" }, this.#why(row, undo, foreign)),
      ),
      ...(foreign ? [] : this.#buttons(row, undo, missed)),
    );
  }

  #why(row, undo, foreign) {
    if (isRecorded(undo)) return say("undone");
    if (undo?.state === "waiting") return say("undo-waits");
    if (undo?.answer?.verdict === "red") return undo.answer.sentence;
    if (foreign) return say("waits-for", { name: row.operatorName });
    if (row.state === "waiting") return row.reason ? say(`why-${this.outbox.reason || row.reason}`) : say("waits-its-turn");
    return row.answer.verdict === "green" ? "" : [row.answer.sentence, row.answer.hint].filter(Boolean).join(" ");
  }

  #buttons(row, undo, missed) {
    const button = (action, picture, label) =>
      make("button", { type: "button", class: "scan-line-button", "data-action": action, onclick: (event) => once(event, () => this.actions[action](row)) }, icon(picture), label);
    if (row.kind === "undo") return missed ? [button("seen", "check", say("understood"))] : [];
    if (row.state === "settled" && row.answer.code === "quantity-missing" && !row.again) return [button("quantity", "pencil", say("quantity"))];
    if (missed) return [button("seen", "check", say("understood"))];
    const undoable = row.state === "waiting" || isRecorded(row);
    return undoable && (!undo || undo.answer?.verdict === "red") ? [button("undo", "arrow-back-up", say("undo"))] : [];
  }
}

const isRecorded = (row) => row?.state === "settled" && row.answer.verdict !== "red";

function titleOf(row) {
  const item = row.answer?.item;
  if (item) return nameOf(item);
  const code = row.request?.code ?? "";
  return code.replace(/^https?:\/\/[^/]+\//i, "") || say("undo");
}

/** A second tap, before the list is drawn anew, is the same tap. */
function once(event, work) {
  if (event.currentTarget.disabled) return;
  event.currentTarget.disabled = true;
  work();
}
