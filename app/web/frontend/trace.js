// The genealogy on the trace page: a drawing a little too wide is made to fit, a larger one opens at its subject.

const SMALLEST = 0.7; // of its size; below that its text cannot be read

const frame = document.querySelector(".genealogy-frame");
const drawing = frame?.querySelector("svg");

if (drawing) {
  const style = getComputedStyle(frame);
  const room = frame.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const width = drawing.viewBox.baseVal.width;
  if (width > room && room / width >= SMALLEST) {
    drawing.setAttribute("width", room);
    drawing.removeAttribute("height");
  }
  const subject = drawing.querySelector(".genealogy-subject")?.getBoundingClientRect();
  if (subject) {
    const view = frame.getBoundingClientRect();
    frame.scrollLeft += subject.left + subject.width / 2 - view.left - view.width / 2;
    frame.scrollTop += subject.top + subject.height / 2 - view.top - view.height / 2;
  }
}
