// What the page brought along: the template, and the designer's sentences in the reader's language.

const island = (id) => JSON.parse(document.getElementById(id)?.textContent || "{}");

export const given = island("design-data");
const words = island("design-words");
export const kinds = island("design-kinds"); // kind -> {title, icon}
export const fields = island("design-fields"); // [{name, title, date, example}]

export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

const numbers = new Intl.NumberFormat(document.documentElement.lang || "en", { maximumFractionDigits: 2 });
export const number = (value) => numbers.format(value);

export const kindTitle = (one) => kinds[one.kind]?.title ?? one.kind;

/** What one calls an element: its kind, and of a text what it says. */
export function nameOf(one) {
  if (one.kind !== "text") return kindTitle(one);
  const text = typeof one.text === "string" ? one.text : one.text[given.language] || one.text.en;
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 40 ? `${line.slice(0, 39)}…` : line || kindTitle(one);
}
