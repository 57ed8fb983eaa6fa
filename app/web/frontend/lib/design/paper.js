// The label on the screen: the server's picture, and on it one box an element to point at, drag and reach with Tab.
// Until the next picture comes, what was moved is shown as a piece of the last one, at its new place.

import { elementOf } from "./document.js";
import { kindTitle, nameOf, number, say } from "./words.js";

const TICK_MM = 1;
const SVG = "http://www.w3.org/2000/svg";

export function place(node, room, scale) {
  node.style.left = `${room.x * scale}px`;
  node.style.top = `${room.y * scale}px`;
  node.style.width = `${room.width * scale}px`;
  node.style.height = `${room.height * scale}px`;
}

export class Paper {
  #pieces = new Map();
  #drawn = null; // the label that the picture shows
  #picture = "";

  constructor(store, root) {
    this.store = store;
    this.root = root;
    this.scale = 8; // pixels a millimetre
    this.problems = new Map(); // id -> sentences
    this.hidden = new Set();
    for (const name of ["print", "moves", "layer", "guides", "grips", "across", "down", "name"]) {
      this[name] = root.parentElement.querySelector(`[data-${name}]`);
    }
  }

  /** A new picture, and what the server said of the elements of `label`, by their ids. */
  async picture(png, label, { problems, hidden }) {
    const source = `data:image/png;base64,${png}`;
    const next = new Image();
    next.src = source;
    await next.decode().catch(() => {});
    this.print.src = source;
    this.#picture = source;
    this.#drawn = label;
    this.problems = problems;
    this.hidden = hidden;
    this.render();
  }

  resize(scale) {
    this.scale = scale;
    this.render();
  }

  render() {
    const { label } = this.store;
    const { scale } = this;
    this.root.style.width = `${label.width * scale}px`;
    this.root.style.height = `${label.height * scale}px`;
    const drawn = this.#drawn ?? label;
    this.print.style.width = `${drawn.width * scale}px`;
    this.print.style.height = `${drawn.height * scale}px`;
    this.#renderPieces(label);
    this.#renderMoves(label);
    this.#renderGrips();
    this.#renderRulers(label);
  }

  #renderPieces(label) {
    const ids = new Set(label.elements.map((one) => one.id));
    for (const [id, node] of this.#pieces) {
      if (ids.has(id)) continue;
      node.remove();
      this.#pieces.delete(id);
    }
    let before = null;
    for (const one of label.elements) {
      let node = this.#pieces.get(one.id);
      if (!node) {
        node = Object.assign(document.createElement("div"), { className: "design-piece", tabIndex: 0 });
        node.dataset.id = one.id;
        node.setAttribute("role", "button");
        this.#pieces.set(one.id, node);
      }
      // moved only where it must be: a node that is put anew loses the focus
      if (before ? before.nextSibling !== node : this.layer.firstChild !== node) before ? before.after(node) : this.layer.prepend(node);
      before = node;
      this.#renderPiece(node, one);
    }
  }

  #renderPiece(node, one) {
    const chosen = this.store.chosen.includes(one.id);
    place(node, one, this.scale);
    // the smaller lies on top, so that it can be pointed at; what is not printed now, below all that is
    node.style.zIndex = String((this.hidden.has(one.id) ? 5000 : 10000) - Math.round(10 * Math.sqrt(one.width * one.height)));
    node.dataset.kind = one.kind;
    node.setAttribute("aria-pressed", String(chosen));
    node.classList.toggle("is-chosen", chosen);
    node.classList.toggle("is-wrong", this.problems.has(one.id));
    node.classList.toggle("is-hidden", this.hidden.has(one.id));
    const values = { kind: kindTitle(one), name: nameOf(one), x: number(one.x), y: number(one.y), width: number(one.width), height: number(one.height) };
    const said = say(one.kind === "text" ? "piece-text" : "piece", values);
    node.setAttribute("aria-label", [said, ...(this.problems.get(one.id) ?? [])].join(" "));
  }

  /** Pieces of the last picture where elements are now, and white where they were. */
  #renderMoves(label) {
    const moves = [];
    for (const was of this.#picture ? this.#drawn.elements : []) {
      const now = elementOf(label, was.id);
      const stays = now && ["x", "y", "width", "height"].every((side) => now[side] === was[side]);
      if (stays) continue;
      const cover = document.createElement("div");
      cover.className = "design-cover";
      place(cover, was, this.scale);
      moves.unshift(cover);
      if (now && now.rotation === was.rotation) moves.push(this.#cut(was, now));
    }
    this.moves.replaceChildren(...moves);
  }

  #cut(was, now) {
    const frame = document.createElement("div");
    frame.className = "design-cut";
    place(frame, now, this.scale);
    const image = document.createElement("img");
    image.src = this.#picture;
    image.alt = "";
    const across = (now.width / was.width) * this.scale;
    const down = (now.height / was.height) * this.scale;
    place(image, { x: 0, y: 0, width: 1, height: 1 }, 1);
    image.style.width = `${this.#drawn.width * across}px`;
    image.style.height = `${this.#drawn.height * down}px`;
    image.style.left = `${-was.x * across}px`;
    image.style.top = `${-was.y * down}px`;
    frame.append(image);
    return frame;
  }

  #renderGrips() {
    const [one, ...more] = this.store.elements;
    const shown = Boolean(one) && more.length === 0;
    this.grips.hidden = !shown;
    this.name.hidden = !shown;
    if (!shown) return;
    place(this.grips, one, this.scale);
    this.grips.dataset.kind = one.kind;
    this.grips.dataset.along = one.width >= one.height ? "x" : "y";
    this.name.textContent = `${number(one.width)} × ${number(one.height)} mm`;
    this.name.style.left = `${(one.x + one.width / 2) * this.scale}px`;
    this.name.style.top = `${(one.y + one.height) * this.scale + 8}px`;
  }

  showGuides(guides) {
    this.guides.replaceChildren(
      ...guides.map(({ axis, at, from, to }) => {
        const line = document.createElement("div");
        line.className = `design-guide design-guide-${axis}`;
        const room = axis === "x" ? { x: at, y: from, width: 0, height: to - from } : { x: from, y: at, width: to - from, height: 0 };
        place(line, room, this.scale);
        return line;
      }),
    );
  }

  #renderRulers(label) {
    const key = `${label.width} ${label.height} ${this.scale}`;
    if (this.rulers === key) return;
    this.rulers = key;
    ruler(this.across, label.width, this.scale, true);
    ruler(this.down, label.height, this.scale, false);
  }

  /** The element's box on the page, to give it the focus. */
  piece(id) {
    return this.#pieces.get(id);
  }
}

function ruler(svg, length, scale, across) {
  const every = scale >= 4 ? TICK_MM : scale >= 2 ? 2 : 5;
  const named = scale * 5 >= 28 ? 5 : scale * 10 >= 28 ? 10 : scale * 20 >= 28 ? 20 : 50;
  const size = 18;
  const marks = [];
  for (let mm = 0; mm <= length; mm += every) {
    const long = mm % named === 0 ? 9 : mm % 5 === 0 ? 6 : 3;
    const at = mm * scale;
    const line = document.createElementNS(SVG, "path");
    line.setAttribute("d", across ? `M${at} ${size}v${-long}` : `M${size} ${at}h${-long}`);
    marks.push(line);
    if (mm % named === 0 && mm > 0 && mm * scale < length * scale - 6) {
      const text = document.createElementNS(SVG, "text");
      text.setAttribute("x", across ? at : 8);
      text.setAttribute("y", across ? 8 : at);
      text.textContent = mm;
      marks.push(text);
    }
  }
  svg.setAttribute("width", across ? length * scale + 1 : size);
  svg.setAttribute("height", across ? size : length * scale + 1);
  svg.replaceChildren(...marks);
}
