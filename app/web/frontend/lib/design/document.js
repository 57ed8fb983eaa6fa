// The label that is being designed, as a value: every change makes a new one, so that a history can keep them all.
// Lengths are millimetres. Pure: nothing here knows the page.

export const LEAST = 0.5; // mm; a side dragged with the mouse gets no shorter
const THINNEST = 0.05;
const SIDES = ["x", "y", "width", "height"];

export const rounded = (value, step = 0.01) => Number((Math.round(value / step) * step).toFixed(3));

let last = 0;
export const newId = () => `e${(last += 1)}`;

/** As the server keeps it (what is as usual left out) into what is edited: everything there, each element with an id. */
export function opened(document, defaults) {
  const elements = document.elements.map((one) => ({ ...defaults[one.kind], ...one, id: newId() }));
  return { ...document, elements };
}

/** And back. */
export function closed(label, defaults) {
  const elements = label.elements.map(({ id, ...one }) =>
    Object.fromEntries(Object.entries(one).filter(([name, value]) => name === "kind" || !same(value, defaults[one.kind]?.[name]))),
  );
  return { ...label, elements };
}

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export const elementOf = (label, id) => label.elements.find((one) => one.id === id);
export const chosenOf = (label, ids) => label.elements.filter((one) => ids.includes(one.id));

/** With `change(element)` in place of each of the elements named. */
export function changed(label, ids, change) {
  return { ...label, elements: label.elements.map((one) => (ids.includes(one.id) ? { ...one, ...change(one) } : one)) };
}

/** The smallest room around several. */
export function around(elements) {
  const x = Math.min(...elements.map((one) => one.x));
  const y = Math.min(...elements.map((one) => one.y));
  return {
    x,
    y,
    width: Math.max(...elements.map((one) => one.x + one.width)) - x,
    height: Math.max(...elements.map((one) => one.y + one.height)) - y,
  };
}

const between = (value, least, most) => Math.max(least, Math.min(value, Math.max(least, most)));

/** Moved together and not beyond the label. */
export function moved(label, ids, dx, dy) {
  const all = around(chosenOf(label, ids));
  const right = between(all.x + dx, 0, label.width - all.width) - all.x;
  const down = between(all.y + dy, 0, label.height - all.height) - all.y;
  return changed(label, ids, (one) => ({ x: rounded(one.x + right), y: rounded(one.y + down) }));
}

/** The room that `room` becomes when the sides named in `handle` ("n", "se", …) are pulled to (x, y). */
export function pulled(room, handle, x, y, { ratio = 0, least = LEAST } = {}) {
  let { x: left, y: top } = room;
  let right = left + room.width;
  let bottom = top + room.height;
  if (handle.includes("w")) left = Math.min(x, right - least);
  if (handle.includes("e")) right = Math.max(x, left + least);
  if (handle.includes("n")) top = Math.min(y, bottom - least);
  if (handle.includes("s")) bottom = Math.max(y, top + least);
  if (ratio) {
    let width = right - left;
    let height = bottom - top;
    if (handle === "n" || handle === "s" || (handle.length === 2 && width / height < ratio)) width = height * ratio;
    else height = width / ratio;
    if (handle.includes("w")) left = right - width;
    else right = left + width;
    if (handle.includes("n")) top = bottom - height;
    else bottom = top + height;
  }
  return { x: rounded(left), y: rounded(top), width: rounded(right - left), height: rounded(bottom - top) };
}

/** Cut down to what lies on the label. */
export function within(label, room) {
  const x = between(room.x, 0, label.width - THINNEST);
  const y = between(room.y, 0, label.height - THINNEST);
  return {
    x: rounded(x),
    y: rounded(y),
    width: rounded(between(room.x + room.width - x, THINNEST, label.width - x)),
    height: rounded(between(room.y + room.height - y, THINNEST, label.height - y)),
  };
}

/** A quarter further to the right, about its middle; its room lies the other way afterwards. */
export function turned(label, ids) {
  return changed(label, ids, (one) => {
    const width = Math.min(one.height, label.width);
    const height = Math.min(one.width, label.height);
    const x = between(one.x + (one.width - width) / 2, 0, label.width - width);
    const y = between(one.y + (one.height - height) / 2, 0, label.height - height);
    return { rotation: (one.rotation + 90) % 360, x: rounded(x), y: rounded(y), width: rounded(width), height: rounded(height) };
  });
}

export function added(label, elements) {
  return { ...label, elements: [...label.elements, ...elements] };
}

export function removed(label, ids) {
  return { ...label, elements: label.elements.filter((one) => !ids.includes(one.id)) };
}

/** The same again, with ids of their own, a little further right and down where there is room. */
export function copies(label, elements, offset = 2) {
  const all = around(elements);
  const dx = all.x + all.width + offset <= label.width ? offset : 0;
  const dy = all.y + all.height + offset <= label.height ? offset : 0;
  return elements.map((one) => ({ ...one, ...within(label, { ...one, x: one.x + dx, y: one.y + dy }), id: newId() }));
}

/** One step towards the front (1) or the back (-1) in the order of drawing. */
export function reordered(label, id, step) {
  const elements = [...label.elements];
  const at = elements.findIndex((one) => one.id === id);
  const to = at + step;
  if (at < 0 || to < 0 || to >= elements.length) return label;
  [elements[at], elements[to]] = [elements[to], elements[at]];
  return { ...label, elements };
}

/** Several in line with one another, one alone with the label. `how`: left, center, right, top, middle, bottom. */
export function aligned(label, ids, how) {
  const chosen = chosenOf(label, ids);
  const frame = chosen.length > 1 ? around(chosen) : { x: 0, y: 0, width: label.width, height: label.height };
  const places = {
    left: () => ({ x: frame.x }),
    center: (one) => ({ x: rounded(frame.x + (frame.width - one.width) / 2) }),
    right: (one) => ({ x: rounded(frame.x + frame.width - one.width) }),
    top: () => ({ y: frame.y }),
    middle: (one) => ({ y: rounded(frame.y + (frame.height - one.height) / 2) }),
    bottom: (one) => ({ y: rounded(frame.y + frame.height - one.height) }),
  };
  return changed(label, ids, places[how]);
}

/** The same gap between three or more, `axis` "x" or "y". */
export function distributed(label, ids, axis) {
  const side = axis === "x" ? "width" : "height";
  const chosen = chosenOf(label, ids).sort((one, other) => one[axis] - other[axis]);
  if (chosen.length < 3) return label;
  const ends = chosen.at(-1)[axis] + chosen.at(-1)[side] - chosen[0][axis];
  const gap = (ends - chosen.reduce((sum, one) => sum + one[side], 0)) / (chosen.length - 1);
  const places = new Map();
  let at = chosen[0][axis];
  for (const one of chosen) {
    places.set(one.id, rounded(between(at, 0, label[side] - one[side])));
    at += one[side] + gap;
  }
  return changed(label, ids, (one) => ({ [axis]: places.get(one.id) }));
}

/** What came over the clipboard, if it is elements; anything else is null. Only what can be placed is taken. */
export function pasted(text, label, defaults) {
  let found;
  try {
    found = JSON.parse(text)?.["label-elements"];
  } catch {
    return null;
  }
  if (!Array.isArray(found)) return null;
  const good = found.filter((one) => one && defaults[one.kind] && SIDES.every((side) => Number.isFinite(one[side])));
  return good.map((one) => {
    const may = (name) => ["kind", "text", "data", ...SIDES].includes(name) || name in defaults[one.kind];
    const known = Object.fromEntries(Object.entries(one).filter(([name]) => may(name)));
    return { ...defaults[one.kind], ...known, ...within(label, one), id: newId() };
  });
}

export const forClipboard = (elements) => JSON.stringify({ "label-elements": elements.map(({ id, ...one }) => one) });

/** The first place where a room of this size covers nothing, else the middle. */
export function freeSpot(label, width, height, edge = 1) {
  const step = Math.max(1, Math.max(label.width, label.height) / 60);
  for (let y = edge; y + height <= label.height - edge + 0.001; y += step) {
    for (let x = edge; x + width <= label.width - edge + 0.001; x += step) {
      const meets = (one) => x < one.x + one.width && one.x < x + width && y < one.y + one.height && one.y < y + height;
      if (!label.elements.some(meets)) return { x: rounded(x, 0.5), y: rounded(y, 0.5) };
    }
  }
  return { x: rounded((label.width - width) / 2, 0.5), y: rounded((label.height - height) / 2, 0.5) };
}
