// On every page: questions before what cannot be undone, one submit a click, menus that close, copy buttons,
// and the browser's time zone for the server. Every page works without it, only less comfortably.

import { confirm } from "./lib/confirm.js";
import { forget } from "./lib/scan/leaving.js";
import { toast } from "./lib/toast.js";

// <form data-confirm="…"> asks first; a second click on a form under way does nothing.
// <form data-repeatable> is for forms that answer with a file and leave the page standing.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  if (form.dataset.busy) {
    event.preventDefault();
    return;
  }
  if (form.dataset.confirm && !form.dataset.confirmed) {
    event.preventDefault();
    if (!(await confirm(form.dataset.confirm))) return;
    form.dataset.confirmed = "yes";
    form.requestSubmit(event.submitter);
    delete form.dataset.confirmed;
    return;
  }
  // A script's own handler may have taken it over; it then decides itself when it is done.
  if (event.defaultPrevented || "repeatable" in form.dataset) return;
  form.dataset.busy = "yes";
  event.submitter?.setAttribute("aria-disabled", "true");
});

document.addEventListener("submit", ({ target }) => {
  if (target.action.endsWith("/sign-out")) forget();
});

// Back from the next page, the browser shows this one as it was left.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-busy]")) {
    delete form.dataset.busy;
    for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
  }
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const button = event.target.closest("[data-copy]");
  if (button) navigator.clipboard?.writeText(button.dataset.copy).then(() => toast(button.dataset.done));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`timezone=${encodeURIComponent(zone)}`)) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `timezone=${encodeURIComponent(zone)}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}
