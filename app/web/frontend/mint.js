// The mint form: shows the fields that the chosen kind has. Without script all are shown and the server takes what fits.

const form = document.querySelector("[data-mint]");
const level = form?.querySelector("[name=level]");

function show() {
  for (const part of form.querySelectorAll("[data-for]")) {
    part.hidden = !part.dataset.for.split(" ").includes(level.value);
  }
  const count = form.querySelector("[name=count]");
  if (level.value === "lot") count.value = "1";
}

level?.addEventListener("change", show);
if (level) show();
