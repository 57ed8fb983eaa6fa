// What was before, to go back to. Changes of the same thing in quick succession (a key held down, a word typed) are one.

const MOST = 300;
const TOGETHER_MS = 900;

export class History {
  constructor(state) {
    this.states = [state];
    this.at = 0;
    this.tag = "";
    this.time = 0;
  }

  get now() {
    return this.states[this.at];
  }

  /** `tag` names what is being changed; "" is never joined with what came before. */
  push(state, tag = "", time = Date.now()) {
    const joins = tag && tag === this.tag && time - this.time < TOGETHER_MS && this.at === this.states.length - 1 && this.at > 0;
    this.states.length = this.at + (joins ? 0 : 1);
    this.states.push(state);
    if (this.states.length > MOST) this.states.shift();
    this.at = this.states.length - 1;
    this.tag = tag;
    this.time = time;
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.states.length - 1;
  }

  undo() {
    if (this.canUndo) this.at -= 1;
    this.tag = "";
    return this.now;
  }

  redo() {
    if (this.canRedo) this.at += 1;
    this.tag = "";
    return this.now;
  }
}
