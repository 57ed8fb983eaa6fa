// The properties of what is chosen, or of the label itself when nothing is. Built for what is chosen, and kept up to date.

import { changed } from "./document.js";
import { make } from "./dom.js";
import { choiceInput, flagInput, numberInput, textInput } from "./inputs.js";
import { fields, given, kindTitle, number, say } from "./words.js";

const CODES = ["qr", "datamatrix", "gs1-datamatrix", "code128", "gs1-128"];

export class Panel {
  #inputs = [];
  #built = "";

  constructor(store, root, tools, { problemsOf, symbolOf, replacePicture }) {
    Object.assign(this, { store, root, tools, problemsOf, symbolOf, replacePicture });
    this.head = root.querySelector("[data-panel-title]");
    this.body = root.querySelector("[data-panel]");
  }

  render() {
    const elements = this.store.elements;
    const [one] = elements;
    this.tools.hidden = elements.length === 0;
    const several = elements.length > 1;
    const differs = one && typeof one.text === "object";
    const key = several ? "several" : one ? `${one.id} ${one.kind} ${differs}` : "label";
    if (key !== this.#built) {
      this.#built = key;
      this.#inputs = several ? [] : one ? this.#ofElement(one) : this.#ofLabel();
      this.head.textContent = several ? say("n-chosen", { n: elements.length }) : one ? kindTitle(one) : say("label");
      this.body.replaceChildren(...this.#inputs.map((input) => input.node));
      if (several) this.body.append(make("p", { class: "text-secondary" }, say("several-hint")));
    }
    const subject = one ?? this.store.label;
    for (const input of this.#inputs) input.set?.(subject);
    this.#showProblems(one);
  }

  #showProblems(one) {
    const problems = this.problemsOf(one?.id ?? "");
    const places = new Set(this.#inputs.map((input) => input.name));
    const usual = one ? (CODES.includes(one.kind) ? "source" : "text") : "name";
    for (const input of this.#inputs) {
      if (!input.problem) continue;
      const mine = problems.filter(({ property }) => property === input.name || (!places.has(property) && input.name === usual));
      input.problem(mine.map(({ message }) => message).join(" "));
    }
    const homeless = problems.filter(({ property }) => !places.has(property) && !places.has(usual));
    this.body.querySelector("[data-homeless]")?.remove();
    if (homeless.length) this.body.prepend(make("p", { class: "invalid-feedback d-block is-wide", "data-homeless": true }, homeless.map(({ message }) => message).join(" ")));
  }

  /** To the first thing that one would change: what a text says, else the place. */
  focus() {
    const first = this.#inputs.find(({ name }) => name === "text" || name === "source") ?? this.#inputs[0];
    first?.input?.focus();
    first?.input?.select?.();
  }

  #tell(name) {
    return (value) => {
      const { settled, chosen } = this.store;
      const label = chosen.length ? changed(settled, chosen, () => ({ [name]: value })) : { ...settled, [name]: value };
      this.store.change(label, `${name} ${chosen}`);
    };
  }

  #ofLabel() {
    const side = { least: given.least, most: given.most, step: 0.5 };
    return [
      numberInput("width", say("width"), side, this.#tell("width")),
      numberInput("height", say("height"), side, this.#tell("height")),
      choiceInput("language", say("language"), ["both", "en", "zh"].map((code) => [code, say(`language-${code}`)]), this.#tell("language"), { wide: true, hint: say("language-hint") }),
      choiceInput("purpose", say("purpose"), given.purposes, this.#tell("purpose"), { wide: true }),
    ];
  }

  #ofElement(one) {
    const { label } = this.store;
    const place = [
      numberInput("x", say("x"), { least: 0, most: label.width }, this.#tell("x")),
      numberInput("y", say("y"), { least: 0, most: label.height }, this.#tell("y")),
      numberInput("width", say("width"), { least: 0.05, most: label.width }, this.#tell("width")),
      numberInput("height", say("height"), { least: 0.05, most: label.height }, this.#tell("height")),
    ];
    const own = one.kind === "text" ? this.#ofText(one) : CODES.includes(one.kind) ? this.#ofCode(one) : this.#ofShape(one);
    return [...own, ...place, ...this.#always(one)];
  }

  #always(one) {
    const turns = ["line", "box"].includes(one.kind) ? [] : [choiceInput("rotation", say("rotation"), [0, 90, 180, 270].map((angle) => [angle, `${angle}°`]), this.#tell("rotation"), { number: true })];
    const conditions = [["", say("always")], ...fields.flatMap(({ name, title }) => [[name, say("only-with", { field: title })], [`!${name}`, say("only-without", { field: title })]])];
    if (!conditions.some(([value]) => value === one.when)) conditions.push([one.when, one.when]);
    return [...turns, choiceInput("when", say("when"), conditions, this.#tell("when"), { wide: true })];
  }

  #ofText(one) {
    const words = typeof one.text === "object";
    const spoken = (code) => (value) => this.#tell("text")(words ? { ...this.#words(), [code]: value } : value);
    const texts = words
      ? ["en", "zh"].map((code) => ({ ...textInput("text", say(`text-${code}`), { rows: 3, lang: code, read: ({ text }) => text[code] ?? text }, spoken(code)), code }))
      : [textInput("text", say("text"), { rows: 3, read: ({ text }) => (typeof text === "string" ? text : ""), hint: say("text-hint") }, spoken(""))];
    const split = flagInput("split", say("text-split"), (on) => this.#tell("text")(on ? this.#words() : this.#words().en));
    split.set = (now) => (split.input.checked = typeof now.text === "object");
    return [...texts, split, ...this.#ofType()];
  }

  #words() {
    const text = this.store.elements[0]?.text;
    return typeof text === "object" ? text : { en: text, zh: text };
  }

  #ofType() {
    const flag = (name, hint) => flagInput(name, say(name), this.#tell(name), hint);
    const across = ["left", "center", "right"].map((code) => [code, say(code)]);
    const down = ["top", "middle", "bottom"].map((code) => [code, say(code)]);
    return [
      numberInput("size", say("size"), { least: 2, most: 300, step: 0.5 }, this.#tell("size")),
      numberInput("least", say("least"), { least: 2, most: 300, step: 0.5, empty: 0 }, this.#tell("least")),
      choiceInput("align", say("align"), across, this.#tell("align")),
      choiceInput("valign", say("valign"), down, this.#tell("valign")),
      numberInput("lines", say("lines"), { least: 0, most: 50, step: 1, empty: 0 }, (value) => this.#tell("lines")(Math.round(value))),
      numberInput("leading", say("leading"), { least: 0.9, most: 3, step: 0.05 }, this.#tell("leading")),
      choiceInput("overflow", say("overflow"), ["refuse", "shorten"].map((code) => [code, say(code)]), this.#tell("overflow"), { wide: true }),
      flag("bold"), flag("mono"), flag("inverse"),
    ];
  }

  #ofCode(one) {
    const gs1 = one.kind.startsWith("gs1");
    const levels = ["L", "M", "Q", "H"].map((code) => [code, say(`level-${code}`)]);
    const linear = ["code128", "gs1-128"].includes(one.kind);
    return [
      textInput("source", say("source"), { rows: 2, hint: gs1 ? say("gs1-hint") : say("source-hint") }, this.#tell("source")),
      this.#printed(one),
      ...(one.kind === "qr" ? [choiceInput("error_correction", say("error-correction"), levels, this.#tell("error_correction"), { wide: true })] : []),
      numberInput("module", say("module"), { least: 0.1, most: 5, step: 0.01, hint: say("module-hint"), wide: true }, this.#tell("module")),
      ...(linear ? [] : [choiceInput("align", say("align"), ["left", "center", "right"].map((code) => [code, say(code)]), this.#tell("align")), choiceInput("valign", say("valign"), ["top", "middle", "bottom"].map((code) => [code, say(code)]), this.#tell("valign"))]),
    ];
  }

  /** How large the symbol is in truth: on whole dots, without its quiet zone. */
  #printed() {
    const node = make("p", { class: "design-printed is-wide" });
    return {
      node,
      name: "printed",
      set: ({ id }) => {
        const seen = this.symbolOf(id);
        node.hidden = !seen;
        if (seen) node.textContent = say("printed", { width: number(seen.width), height: number(seen.height), module: number(seen.module) });
      },
    };
  }

  #ofShape(one) {
    if (one.kind === "image") {
      const button = make("button", { class: "btn", type: "button", onclick: () => this.replacePicture(one.id) }, say("replace-picture"));
      return [
        { node: make("div", { class: "design-row is-wide", "data-property": "data" }, button), name: "data" },
        flagInput("dither", say("dither"), this.#tell("dither"), say("dither-hint")),
      ];
    }
    if (one.kind !== "box") return [];
    return [
      numberInput("thickness", say("thickness"), { least: 0.05, most: 20, step: 0.05, wide: true }, this.#tell("thickness")),
      flagInput("filled", say("filled"), this.#tell("filled")),
    ];
  }
}
