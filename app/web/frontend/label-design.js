// The designer of labels: the template as a value (document, history), shown by the server's own picture of it (preview,
// paper), changed with mouse, finger and keyboard (dragging, keys, panel, layers), kept as versions (saving, drafts).

import { Adding } from "./lib/design/adding.js";
import { aligned, closed, distributed, opened } from "./lib/design/document.js";
import { make } from "./lib/design/dom.js";
import { Dragging } from "./lib/design/dragging.js";
import { Drafts, kept } from "./lib/design/drafts.js";
import { Keys } from "./lib/design/keys.js";
import { Layers } from "./lib/design/layers.js";
import { Panel } from "./lib/design/panel.js";
import { Paper } from "./lib/design/paper.js";
import { Preview } from "./lib/design/preview.js";
import { Saving } from "./lib/design/saving.js";
import { Store } from "./lib/design/store.js";
import { given, number, say } from "./lib/design/words.js";
import { Zoom } from "./lib/design/zoom.js";
import { toast } from "./lib/toast.js";

const find = (selector) => document.querySelector(selector);
const store = new Store(opened(given.document, given.defaults));
const drafts = new Drafts(store, { version: given.version, document: closed(store.settled, given.defaults) });
const seen = { problems: [], symbols: new Map(), hidden: new Set(), label: null };

// --- what is shown ---

const problemsOf = (id) => seen.problems.filter((one) => one.id === id);
const paper = new Paper(store, find("[data-paper]"));
const panel = new Panel(store, find("[data-properties]"), find("[data-tools]"), {
  problemsOf,
  symbolOf: (id) => seen.symbols.get(id),
  replacePicture: (id) => adding.pick(id),
});
const layers = new Layers(store, find("[data-layers]"), { problemsOf, isHidden: (id) => seen.hidden.has(id) });
const zoom = new Zoom(store, paper, find("[data-view]"), (text) => (find("[data-zoom-shown]").textContent = text));
const name = find("[data-name-input]");
const status = find("[data-status]");

function notice(kind, text = "", actions = []) {
  const box = find("[data-notice]");
  box.hidden = !kind;
  if (!kind) return box.replaceChildren();
  box.className = `alert alert-${kind} design-notice`;
  const buttons = actions.map(([title, act]) => make("button", { class: "btn btn-sm", type: "button", onclick: () => (notice(""), act()) }, title));
  box.replaceChildren(make("span", {}, text), make("span", { class: "design-notice-actions" }, buttons));
}

function renderState() {
  const { dirty, saved } = drafts;
  find("[data-state]").textContent = dirty ? say("unsaved") : say("saved", { version: saved.version });
  find("[data-state]").classList.toggle("is-dirty", dirty);
  for (const [act, on] of [["undo", store.canUndo], ["redo", store.canRedo], ["save", dirty]]) {
    find(`[data-act="${act}"]`).setAttribute("aria-disabled", String(!on));
  }
}

function renderStatus() {
  const { label } = store;
  const size = say("size-status", { width: number(label.width), height: number(label.height), dpi: seen.dpi ?? "", across: seen.across ?? "", down: seen.down ?? "" });
  const wrong = seen.problems.length ? say("n-problems", { n: seen.problems.length }) : say("no-problems");
  const [one, ...more] = store.elements;
  const where = one && !more.length ? `${say("where", { x: number(one.x), y: number(one.y), width: number(one.width), height: number(one.height) })} · ` : "";
  status.textContent = seen.dpi ? `${where}${size} · ${wrong}` : "";
  status.classList.toggle("is-wrong", seen.problems.length > 0);
}

function render() {
  if (document.activeElement !== name) name.value = store.label.name;
  find("[data-hint]").hidden = store.label.elements.length > 0;
  paper.render();
  panel.render();
  layers.render();
  renderState();
  renderStatus();
}

// --- the server's picture ---

const look = { dpi: find("#design-dpi"), language: find("#design-language"), sample: find("#design-sample"), identifier: find("#design-identifier") };

const preview = new Preview(store, {
  ask: () => ({
    dpi: Number(look.dpi.value),
    language: look.language.value,
    sample: look.sample.value === "longest" ? "longest" : "usual",
    identifier: look.sample.value === "thing" ? look.identifier.value.trim() : "",
  }),
  show(told, label) {
    const idOf = (at) => label.elements[at - 1]?.id ?? "";
    seen.problems = told.problems.map((one) => ({ ...one, id: idOf(one.element) }));
    seen.symbols = new Map(told.symbols.map((one) => [idOf(one.element), one]));
    seen.hidden = new Set(told.hidden.map(idOf));
    const perMm = told.dpi === 203 ? 8 : told.dpi / 25.4;
    Object.assign(seen, { dpi: told.dpi, across: number(Math.round(told.width * perMm)), down: number(Math.round(told.height * perMm)) });
    const problems = new Map(seen.problems.map(({ id }) => [id, problemsOf(id).map(({ message }) => message)]));
    find("[data-trouble]").hidden = true;
    return paper.picture(told.png, label, { problems, hidden: seen.hidden }).then(() => {
      find("[data-paper]").dataset.pictures = String(Number(find("[data-paper]").dataset.pictures ?? 0) + 1);
      render();
    });
  },
  fail(sentence) {
    find("[data-trouble]").textContent = sentence;
    find("[data-trouble]").hidden = false;
  },
});

// --- changes ---

const dragging = new Dragging(store, paper, () => ({ grid: Number(find("#design-grid").value), snap: find('[data-act="snap"]').getAttribute("aria-pressed") === "true" }));
const saving = new Saving(drafts, {
  notice,
  done(version) {
    toast(say("saved-toast", { version }));
    renderState();
  },
});
const keys = new Keys(store, paper, find("[data-stage]"), {
  save: () => saving.save(),
  edit: () => panel.focus(),
  cancel: () => dragging.cancel(),
  zoom: (way) => zoom.step(way),
});
const adding = new Adding(store, find("[data-file]"), {
  tell(text, wrong = false) {
    notice(text && (wrong ? "danger" : "info"), text);
  },
  added(id) {
    if (matchMedia("(min-width: 62rem)").matches) panel.focus();
    else paper.piece(id)?.focus({ preventScroll: true });
  },
});

store.on("change", () => {
  render();
  if (zoom.fitted) zoom.fit();
  drafts.soon();
  preview.soon();
});
store.on("pass", () => {
  paper.render();
  panel.render();
  renderStatus();
});
store.on("choose", render);

const acts = {
  undo: () => store.undo(),
  redo: () => store.redo(),
  save: () => saving.save(),
  "save-as-new": () => saving.saveAsNew(),
  "zoom-in": () => zoom.step(1),
  "zoom-out": () => zoom.step(-1),
  "zoom-fit": () => zoom.fit(),
  snap: (button) => button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true")),
  duplicate: () => keys.duplicate(),
  remove: () => keys.remove(),
  turn: () => keys.turn(),
  forward: () => keys.reorder(1),
  backward: () => keys.reorder(-1),
  "distribute-x": () => store.change(distributed(store.settled, store.chosen, "x")),
  "distribute-y": () => store.change(distributed(store.settled, store.chosen, "y")),
  help: () => find("#design-help").showModal(),
};

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-act], [data-add], [data-align]");
  if (!button || button.getAttribute("aria-disabled") === "true") return;
  if (button.dataset.add) adding.add(button.dataset.add);
  else if (button.dataset.align) store.change(aligned(store.settled, store.chosen, button.dataset.align));
  else acts[button.dataset.act]?.(button);
  button.closest("details.menu")?.removeAttribute("open");
});
name.addEventListener("input", () => store.change({ ...store.settled, name: name.value }, "name"));
for (const input of Object.values(look)) {
  input.addEventListener("input", () => {
    find("[data-thing]").hidden = look.sample.value !== "thing";
    if (look.sample.value !== "thing" || look.identifier.value.trim()) preview.soon();
  });
}
document.addEventListener("paste", (event) => {
  const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
  if (file) adding.take(file);
});
const stage = find("[data-stage]");
stage.addEventListener("dragover", (event) => event.preventDefault());
stage.addEventListener("drop", (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file) adding.take(file);
});

// --- the beginning: what was not saved is here again ---

const before = kept();
if (before) {
  const bring = () => store.change(opened(before.document, given.defaults));
  const time = new Intl.DateTimeFormat(given.language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(before.time));
  if (before.version === given.version) {
    bring();
    notice("info", say("draft-back", { time }), [[say("discard"), () => store.change(opened(drafts.saved.document, given.defaults))], [say("keep"), () => {}]]);
  } else {
    drafts.undecided = true;
    const decided = (act) => () => {
      drafts.undecided = false;
      act();
    };
    notice("warning", say("draft-old", { time, version: given.version }), [[say("bring-mine"), decided(bring)], [say("discard"), decided(() => drafts.write())]]);
  }
}
look.dpi.value = String(given.document.dpi ?? 300);
if (!look.dpi.value) look.dpi.value = "300";
zoom.fit();
render();
preview.now();
