// The sentences of the page in the reader's language, from the JSON island that the template wrote.

const island = (id) => JSON.parse(document.getElementById(id)?.textContent || "null");

export const words = island("scan-words") ?? {};
export const steps = island("scan-steps") ?? {};
const units = island("scan-units") ?? {};
export const page = island("scan-page") ?? {};

export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

const clock = new Intl.DateTimeFormat(document.documentElement.lang || "en", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(document.documentElement.lang || "en", { dateStyle: "short", timeStyle: "short" });

export function timeOf(iso) {
  const moment = new Date(iso);
  return (moment.toDateString() === new Date().toDateString() ? clock : day).format(moment);
}

const numbers = new Intl.NumberFormat(document.documentElement.lang || "en", { maximumFractionDigits: 6 });

export const amount = (quantity, unit) => (quantity ? `${numbers.format(quantity)} ${units[unit] ?? unit}` : "");

/** What people call an item: its product, and the number that tells it from others of the kind. */
export function nameOf({ title, serial, lot, identifier }) {
  return [title, serial || lot || identifier.split("/").pop()].filter(Boolean).join(" · ");
}
