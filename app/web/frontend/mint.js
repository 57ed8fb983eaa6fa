// The mint form: shows the fields that the chosen kind and product have. Without script all are shown, the server takes
// what fits, and a button fetches the fields of the product's template.

const form = document.querySelector("[data-mint]");
const level = form?.querySelector("[name=level]");
const product = form?.querySelector("[name=product]");
const values = form?.querySelector("[data-values]");

function show() {
  for (const part of form.querySelectorAll("[data-for]")) {
    part.hidden = !part.dataset.for.split(" ").includes(level.value);
  }
  const count = form.querySelector("[name=count]");
  if (level.value === "lot") count.value = "1";
}

async function fetchValues() {
  const asked = product.value;
  const answer = await fetch(`${location.pathname}?${new URLSearchParams({ product: asked })}`).catch(() => null);
  if (!answer?.ok || product.value !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  values.replaceChildren(...page.querySelector("[data-values]").childNodes);
}

level?.addEventListener("change", show);
product?.addEventListener("change", fetchValues);
if (level) show();
const button = form?.querySelector("[data-fetch]");
if (button) button.hidden = true;
