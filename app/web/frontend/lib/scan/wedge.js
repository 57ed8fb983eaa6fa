// A hand scanner that types: a burst of keys with Enter at its end. Also plain typing into the field.
//
// Wherever the focus is, what the scanner types becomes a scan and nothing else: it presses no button and leaves
// nothing behind in another field.

const FAST_MS = 60; // between two keys, unless the field says data-fast-ms; people are slower, Bluetooth scanners faster
const SHORTEST = 6;

const editable = (element) => element instanceof Element && element.matches("input:not([type=radio],[type=checkbox],[type=file]), textarea, select");
const printable = (event) => event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;

function restore(field, value) {
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true })); // who listened to the keys hears this, too
}

export class Wedge {
  /** `taken(text)` gets every scan; `field` is where people type. */
  constructor(field, taken) {
    this.field = field;
    this.taken = taken;
    this.burst = null;
    document.addEventListener("keydown", (event) => this.#key(event), true);
    field.form.addEventListener("submit", (event) => this.#submit(event));
    // A tap into the field asks for the keyboard of the screen; the focus that we set after a scan does not.
    field.addEventListener("pointerdown", () => (field.inputMode = "text"));
    for (const dialog of document.querySelectorAll("dialog")) {
      dialog.addEventListener("click", () => dialog.open || this.#back());
      dialog.addEventListener("close", () => this.#back());
    }
  }

  /** A dialog that closes gives the focus back without a caret in Chromium, and what is typed then is lost. */
  #back() {
    document.activeElement?.blur();
    this.focus();
  }

  focus() {
    if (document.querySelector("dialog[open]") || this.field.closest("[hidden]")) return;
    if (matchMedia("(pointer: coarse)").matches) this.field.inputMode = "none";
    this.field.focus({ preventScroll: true });
  }

  #submit(event) {
    event.preventDefault();
    this.#take(this.field.value);
  }

  #take(text) {
    this.field.value = "";
    this.burst = null;
    if (text.trim()) this.taken(text);
  }

  #key(event) {
    if (event.isComposing || event.target === this.field) return;
    if (printable(event) && !editable(event.target) && !document.querySelector("dialog[open]")) {
      this.focus(); // the key that is just going down, and all that follow, are typed into our field
      return;
    }
    const burst = this.#burst(event);
    if (printable(event)) burst.text += event.key;
    if (event.key !== "Enter" || burst.text.length < SHORTEST) return;
    event.preventDefault();
    if (editable(event.target)) restore(event.target, burst.before);
    this.#take(burst.text);
  }

  /** The keys that came too fast after one another for a hand; any pause begins anew. */
  #burst(event) {
    const pause = event.timeStamp - (this.burst?.last ?? -Infinity);
    if (pause > Number(this.field.dataset.fastMs ?? FAST_MS) || this.burst.target !== event.target) {
      this.burst = { text: "", target: event.target, before: event.target.value ?? "" };
    }
    this.burst.last = event.timeStamp;
    return this.burst;
  }
}
