// The picture of a sheet in the print form: a click says where to begin, or which places are used already. The two
// fields beside it hold what is meant and are all that is sent; without a script one types into them.

const RANGE = /^(\d+)(?:\s*[-–~]\s*(\d+))?$/;
const MOST = 10_000;

/** "3, 5-8" as a set of numbers; what is no number is left to the server to refuse. */
export function placesOf(text, last) {
  const places = new Set();
  for (const part of text.split(/[\s,;，；、]+/)) {
    const found = RANGE.exec(part.trim());
    if (!found) continue;
    const to = Math.min(Number(found[2] ?? found[1]), last, MOST);
    for (let place = Number(found[1]); place <= to; place++) places.add(place);
  }
  return places;
}

/** The shortest way to write a set of numbers: "3, 5-8". */
export function textOf(places) {
  const parts = [];
  for (const place of [...places].sort((a, b) => a - b)) {
    const run = parts.at(-1);
    if (run && run[1] === place - 1) run[1] = place;
    else parts.push([place, place]);
  }
  return parts.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(", ");
}

/** Sheets that `count` labels take, from `start` on a first sheet whose places `used` are gone. */
export function sheetsFor(count, positions, start, used) {
  let free = 0;
  for (let place = start; place <= positions; place++) if (!used.has(place)) free++;
  return 1 + Math.max(0, Math.ceil((count - free) / positions));
}

export class SheetPicture {
  constructor(box) {
    this.box = box;
    this.form = box.closest("form");
    this.places = [...box.querySelectorAll("[data-place]")];
    this.columns = Number(box.dataset.columns);
    this.start = this.form.elements.start;
    this.used = this.form.elements.used;
    this.prepare();
    this.show();
  }

  prepare() {
    for (const [index, place] of this.places.entries()) {
      place.setAttribute("role", "button");
      place.setAttribute("tabindex", index === this.first() - 1 ? "0" : "-1");
    }
    this.box.querySelector("[data-modes]").hidden = false;
    this.box.addEventListener("click", (event) => this.act(event.target.closest("[data-place]"), event.shiftKey));
    this.box.addEventListener("keydown", (event) => this.key(event));
    for (const field of [this.start, this.used]) field.addEventListener("input", () => this.show());
  }

  first() {
    const typed = Number(this.start.value);
    return Number.isInteger(typed) && typed >= 1 && typed <= this.places.length ? typed : 1;
  }

  gone() {
    return placesOf(this.used.value, this.places.length);
  }

  /** A click with the mode "used", or with Shift in any mode, marks; else it says where to begin. */
  act(place, shift = false) {
    if (!place) return;
    const number = Number(place.dataset.place);
    if (shift || this.form.elements.mode?.value === "used") {
      const used = this.gone();
      if (!used.delete(number)) used.add(number);
      this.used.value = textOf(used);
    } else {
      this.start.value = number;
    }
    this.focus(number);
    this.show();
    this.start.dispatchEvent(new Event("change", { bubbles: true }));
  }

  key(event) {
    const place = event.target.closest("[data-place]");
    if (!place) return;
    const number = Number(place.dataset.place);
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns };
    if (event.key in steps) this.focus(number + steps[event.key]);
    else if (event.key === "Home") this.focus(1);
    else if (event.key === "End") this.focus(this.places.length);
    else if (event.key === "Enter" || event.key === " ") this.act(place, event.shiftKey);
    else if (event.key === "Delete") this.act(place, true);
    else return;
    event.preventDefault();
  }

  focus(number) {
    const next = this.places[number - 1];
    if (!next) return;
    for (const place of this.places) place.setAttribute("tabindex", place === next ? "0" : "-1");
    next.focus();
  }

  show() {
    const [start, used] = [this.first(), this.gone()];
    let left = Number(this.box.dataset.count);
    for (const place of this.places) {
      const number = Number(place.dataset.place);
      const state = number < start || used.has(number) ? "gone" : left-- > 0 ? "label" : "free";
      place.dataset.state = number === start && state === "label" ? "first" : state;
      place.setAttribute("aria-label", this.box.dataset.words.replace("%d", number).replace("%s", this.word(state)));
      place.setAttribute("aria-pressed", String(number === start));
    }
    this.tell(sheetsFor(Number(this.box.dataset.count), this.places.length, start, used));
  }

  word(state) {
    return this.box.dataset[`word${state[0].toUpperCase()}${state.slice(1)}`];
  }

  tell(sheets) {
    const out = this.form.querySelector("[data-sheets]");
    if (!out) return;
    const words = sheets === 1 ? out.dataset.one : out.dataset.many;
    out.textContent = words.replace("%d", sheets.toLocaleString(document.documentElement.lang));
  }
}
