// Pages of a recall: the letter to a customer is printed by a button.

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}
