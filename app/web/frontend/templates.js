// The form that makes a template: adds rows without a trip to the server, moves them, and shows of each only what its
// type has. Without script every row shows everything, and "More fields" asks the server.

const rows = document.querySelector("[data-rows]");

function showRulesOf(row) {
  const type = row.querySelector("select[name$='-type']").value;
  for (const part of row.querySelectorAll("[data-types]")) part.hidden = !part.dataset.types.split(" ").includes(type);
}

function numberOf(row) {
  return Number(/^f(\d+)-/.exec(row.querySelector("[name^='f']").name)[1]);
}

function add() {
  const last = rows.querySelector("[data-field]:last-of-type");
  const number = numberOf(last);
  const next = Math.max(...[...rows.querySelectorAll("[data-field]")].map(numberOf)) + 1; // rows may have been moved
  const row = last.cloneNode(true);
  for (const element of row.querySelectorAll("[id], [name], [for], [aria-describedby]")) {
    for (const name of ["id", "name", "for", "aria-describedby"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replaceAll(`f${number}-`, `f${next}-`));
    }
  }
  for (const input of row.querySelectorAll("input, textarea")) {
    if (input.type === "checkbox") input.checked = false;
    else input.value = "";
  }
  for (const select of row.querySelectorAll("select")) select.selectedIndex = 0;
  for (const told of row.querySelectorAll(".invalid-feedback")) told.remove();
  rows.append(row);
  showRulesOf(row);
  row.querySelector("input").focus();
}

function move(row, button) {
  if ("up" in button.dataset) row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  button.focus();
}

rows.addEventListener("change", ({ target }) => {
  if (target.name.endsWith("-type")) showRulesOf(target.closest("[data-field]"));
});
rows.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-up], [data-down]");
  if (button) move(button.closest("[data-field]"), button);
});
document.querySelector("[data-add]").addEventListener("click", (event) => {
  event.preventDefault();
  add();
});
for (const row of rows.querySelectorAll("[data-field]")) {
  showRulesOf(row);
  row.querySelector("[data-moves]").hidden = false;
}
