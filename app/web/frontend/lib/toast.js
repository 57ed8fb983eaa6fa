// A short word at the edge of the screen, read out by screen readers, gone after a while.

const SHOWN_MS = 4000;

export function toast(text) {
  const place = document.getElementById("toasts");
  const line = document.createElement("div");
  line.className = "toast-line";
  line.textContent = text;
  place.append(line);
  setTimeout(() => line.remove(), SHOWN_MS);
}
