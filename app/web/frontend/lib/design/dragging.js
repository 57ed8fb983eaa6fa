// Elements moved and pulled larger with mouse, pen or finger. A finger first chooses an element, then drags it, so that
// the page can still be scrolled over the label.

import { around, changed, chosenOf, moved, pulled, within } from "./document.js";
import { snapped, snappedPoint } from "./snapping.js";

const BEGINS = 3; // px; less is a click
const REACH = 6; // px within which a line catches

export class Dragging {
  #drag = null;

  /** `options()` gives {grid, snap}. `finished()` is called after a click or a drag. */
  constructor(store, paper, options) {
    Object.assign(this, { store, paper, options });
    paper.root.addEventListener("pointerdown", (event) => this.#begin(event));
    paper.root.addEventListener("pointermove", (event) => this.#move(event));
    paper.root.addEventListener("pointerup", (event) => this.#end(event));
    paper.root.addEventListener("pointercancel", () => this.cancel());
  }

  get busy() {
    return Boolean(this.#drag?.moving);
  }

  #begin(event) {
    if (event.button !== 0 || this.#drag) return;
    const handle = event.target.closest("[data-grip]")?.dataset.grip ?? "";
    const id = handle ? this.store.chosen[0] : event.target.closest(".design-piece")?.dataset.id;
    if (!id) return this.#beside(event);
    const already = this.store.chosen.includes(id);
    const adds = event.shiftKey || event.ctrlKey || event.metaKey;
    if (event.pointerType === "touch" && !already && !handle) {
      this.#drag = { id, tap: true, x: event.clientX, y: event.clientY };
      return;
    }
    if (adds && !handle) {
      this.store.choose(already ? this.store.chosen.filter((one) => one !== id) : [...this.store.chosen, id]);
    } else if (!already) this.store.choose([id]);
    if (!this.store.chosen.includes(id)) return;
    this.#drag = { id, handle, x: event.clientX, y: event.clientY, start: this.store.settled, moving: false, adds };
    this.paper.root.setPointerCapture(event.pointerId);
  }

  #beside(event) {
    if (event.shiftKey || event.target.closest("[data-grips]")) return;
    if (event.pointerType !== "touch") this.store.choose([]);
    else this.#drag = { id: "", tap: true, x: event.clientX, y: event.clientY };
  }

  #move(event) {
    const drag = this.#drag;
    if (!drag) return;
    const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y);
    if (drag.tap) {
      if (far > 10) this.#drag = null; // the page is being scrolled
      return;
    }
    if (!drag.moving && far < BEGINS) return;
    drag.moving = true;
    const dx = (event.clientX - drag.x) / this.paper.scale;
    const dy = (event.clientY - drag.y) / this.paper.scale;
    const { label, guides } = drag.handle ? this.#pull(drag, dx, dy, event) : this.#shift(drag, dx, dy, event);
    this.store.pass(label);
    this.paper.showGuides(guides);
  }

  #snapping(event) {
    const { grid, snap } = this.options();
    const on = snap && !event.altKey;
    return { reach: on ? REACH / this.paper.scale : 0, grid: on ? grid : 0, on };
  }

  #shift({ start }, dx, dy, event) {
    const ids = this.store.chosen;
    const room = around(chosenOf(start, ids));
    const wanted = { ...room, x: room.x + dx, y: room.y + dy };
    const options = this.#snapping(event);
    const others = start.elements.filter((one) => !ids.includes(one.id));
    const to = options.on ? snapped(start, wanted, others, options) : { ...wanted, guides: [] };
    return { label: moved(start, ids, to.x - room.x, to.y - room.y), guides: to.guides };
  }

  #pull({ start, handle, id }, dx, dy, event) {
    const one = start.elements.find((each) => each.id === id);
    const point = { x: handle.includes("w") ? one.x + dx : one.x + one.width + dx, y: handle.includes("n") ? one.y + dy : one.y + one.height + dy };
    const options = this.#snapping(event);
    const others = start.elements.filter((each) => each.id !== id);
    const to = options.on ? snappedPoint(start, point, handle, others, options) : { ...point, guides: [] };
    const keeps = one.kind === "image" ? !event.shiftKey : event.shiftKey;
    const ratio = keeps && handle.length === 2 ? one.width / one.height : 0;
    const room = within(start, pulled(one, handle, to.x, to.y, { ratio }));
    return { label: changed(start, [id], () => room), guides: to.guides };
  }

  #end(event) {
    const drag = this.#drag;
    this.#drag = null;
    this.paper.showGuides([]);
    if (!drag) return;
    if (drag.tap) return this.store.choose(drag.id ? [drag.id] : []);
    if (drag.moving) this.store.change(this.store.label);
    else if (!drag.adds && !drag.handle && this.store.chosen.length > 1) this.store.choose([drag.id]);
    this.paper.piece(drag.id)?.focus({ preventScroll: true });
    event.preventDefault();
  }

  cancel() {
    if (!this.#drag) return;
    this.#drag = null;
    this.paper.showGuides([]);
    this.store.pass(null);
  }
}
