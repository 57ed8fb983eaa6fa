// How large the label is on the screen: fitted into its frame until somebody says otherwise.

const STEPS = [1, 1.5, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40]; // pixels a millimetre
const EDGE = 44; // px around the label: the rulers, and room for its handles
export const REAL = 96 / 25.4; // CSS pixels a millimetre

export class Zoom {
  constructor(store, paper, view, shown) {
    Object.assign(this, { store, paper, view, shown, fitted: true });
    new ResizeObserver(() => this.fitted && this.fit()).observe(view);
    view.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  fit() {
    this.fitted = true;
    const { label } = this.store;
    const across = (this.view.clientWidth - EDGE) / label.width;
    const down = (this.view.clientHeight - EDGE) / label.height;
    this.#set(Math.max(0.5, Math.min(across, down, 24)));
  }

  /** 1 larger, -1 smaller, 0 fitted. */
  step(way) {
    if (!way) return this.fit();
    this.fitted = false;
    const { scale } = this.paper;
    const next = way > 0 ? STEPS.find((each) => each > scale * 1.01) : STEPS.filter((each) => each < scale * 0.99).at(-1);
    if (next) this.#set(next);
  }

  #set(scale) {
    this.paper.resize(scale);
    this.shown(`${Math.round((scale / REAL) * 100)} %`);
  }

  #wheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.step(event.deltaY < 0 ? 1 : -1);
  }
}
