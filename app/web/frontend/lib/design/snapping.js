// Where a room that is being dragged wants to lie: on the edges and middles of the label and of other elements, else on
// the grid. Pure; millimetres.

const EDGES = [0, 0.5, 1];

/** The lines that something may lie on along one axis: {at, from, to}, the last two for drawing the guide. */
export function linesOf(label, others, axis) {
  const side = axis === "x" ? "width" : "height";
  const cross = axis === "x" ? "y" : "x";
  const along = axis === "x" ? "height" : "width";
  const whole = { from: 0, to: label[along] };
  const lines = EDGES.map((part) => ({ at: part * label[side], ...whole, strong: true }));
  for (const one of others) {
    for (const part of EDGES) lines.push({ at: one[axis] + part * one[side], from: one[cross], to: one[cross] + one[along] });
  }
  return lines;
}

function nearest(points, lines, reach) {
  let best = null;
  for (const point of points) {
    for (const line of lines) {
      const off = line.at - point;
      if (Math.abs(off) <= reach && (!best || Math.abs(off) < Math.abs(best.off) - 1e-9)) best = { off, line };
    }
  }
  return best;
}

/** How far to shift `points` (positions along one axis) so that one of them lies on a line or else on the grid. */
function shift(points, lines, { reach, grid }) {
  const found = nearest(points, lines, reach);
  if (found) return found;
  if (!grid) return { off: 0, line: null };
  return { off: Math.round(points[0] / grid) * grid - points[0], line: null };
}

/** A room moved: its edges and its middle may catch. Gives {x, y, guides}. */
export function snapped(label, room, others, options) {
  const x = shift(EDGES.map((part) => room.x + part * room.width), linesOf(label, others, "x"), options);
  const y = shift(EDGES.map((part) => room.y + part * room.height), linesOf(label, others, "y"), options);
  return { x: room.x + x.off, y: room.y + y.off, guides: guidesOf(x, y, room) };
}

/** A corner or side pulled to (x, y): only that point may catch. */
export function snappedPoint(label, point, handle, others, options) {
  const across = /[we]/.test(handle);
  const down = /[ns]/.test(handle);
  const x = across ? shift([point.x], linesOf(label, others, "x"), options) : { off: 0, line: null };
  const y = down ? shift([point.y], linesOf(label, others, "y"), options) : { off: 0, line: null };
  return { x: point.x + x.off, y: point.y + y.off, guides: guidesOf(x, y, { ...point, width: 0, height: 0 }) };
}

function guidesOf(x, y, room) {
  const guides = [];
  if (x.line) guides.push({ axis: "x", at: x.line.at, from: Math.min(x.line.from, room.y), to: Math.max(x.line.to, room.y + room.height) });
  if (y.line) guides.push({ axis: "y", at: y.line.at, from: Math.min(y.line.from, room.x), to: Math.max(y.line.to, room.x + room.width) });
  return guides;
}
