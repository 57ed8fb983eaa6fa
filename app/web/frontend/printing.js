// The print form: shows anew what a change of template, printer or stock means, and lets one click on the picture of
// the sheet. Without a script there is a button that asks the server, and two fields to type into.

import { SheetPicture } from "./lib/sheet_picture.js";

const form = document.querySelector("form[data-print]");
const PARTS = ["output", "sheet", "look"];
const PAUSE = 150; // between a change and the question, so that held arrow keys ask once
let turn = 0;
let timer = 0;

function prepare() {
  const picture = form.querySelector("[data-sheet]");
  if (picture) new SheetPicture(picture);
  for (const button of form.querySelectorAll("[data-plain]")) button.hidden = true;
}

/** What the form says, without what belongs to this visit only. Another template may want another stock. */
function asked(changed) {
  const query = new URLSearchParams();
  const left = ["csrf_token", "nonce", "mode", "reprint", "only_new"];
  if (changed === "template") left.push("stock", "start", "used");
  if (changed === "stock") left.push("start", "used");
  for (const [name, value] of new FormData(form)) if (!left.includes(name) && value !== "") query.append(name, value);
  return query;
}

async function look(changed) {
  const mine = ++turn;
  form.setAttribute("aria-busy", "true");
  const query = asked(changed);
  const answer = await fetch(`${form.dataset.print}?${query}`).catch(() => null);
  if (mine !== turn) return; // a later change has been asked about
  form.removeAttribute("aria-busy");
  if (!answer) return; // no network: what is shown stays
  if (!answer.ok || answer.redirected) return location.assign(`${form.dataset.print}?${query}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== turn) return;
  const focus = document.activeElement?.id;
  const reason = form.elements.reprint?.value;
  for (const name of PARTS) {
    const [old, fresh] = [form, page].map((root) => root.querySelector(`[data-part=${name}]`));
    if (old && fresh) old.replaceChildren(...fresh.childNodes);
  }
  if (reason && form.elements.reprint) form.elements.reprint.value = reason;
  if (focus) document.getElementById(focus)?.focus();
  prepare();
}

form.addEventListener("change", ({ target }) => {
  if (!target.closest("[data-look]")) return;
  clearTimeout(timer);
  timer = setTimeout(() => look(target.name), PAUSE);
});
prepare();
