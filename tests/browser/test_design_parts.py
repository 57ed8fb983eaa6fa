"""The designer's arithmetic without a page, run by node: documents there and back, moving, snapping, going back."""

import json
import shutil
import subprocess

import pytest

from app.services import label_templates
from labels import readymade, templates
from tests.support.sources import ROOT

PARTS = ROOT / "app/web/frontend/lib/design"
SCRIPT = """
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
const { documents, defaults, folder } = JSON.parse(readFileSync(0, "utf8"));
const doc = await import(`file://${folder}/document.js`);
const { History } = await import(`file://${folder}/history.js`);
const { snapped, snappedPoint } = await import(`file://${folder}/snapping.js`);

let seed = 7;
const chance = (most) => (seed = (seed * 48271) % 2147483647) / 2147483647 * most;
const inside = (label, one) => one.x >= 0 && one.y >= 0 && one.x + one.width <= label.width + 0.011 && one.y + one.height <= label.height + 0.011;

// whatever is done to a label, everything stays on it
for (const document of documents) {
  let label = doc.opened(document, defaults);
  for (let round = 0; round < 200; round += 1) {
    const ids = label.elements.filter(() => chance(1) < 0.4).map((one) => one.id);
    if (!ids.length) continue;
    const [id] = ids;
    const acts = [
      () => doc.moved(label, ids, chance(80) - 40, chance(80) - 40),
      () => doc.turned(label, ids),
      () => doc.aligned(label, ids, ["left", "center", "right", "top", "middle", "bottom"][Math.floor(chance(6))]),
      () => doc.distributed(label, ids, chance(1) < 0.5 ? "x" : "y"),
      () => doc.reordered(label, id, chance(1) < 0.5 ? 1 : -1),
      () => doc.changed(label, [id], (one) => doc.within(label, doc.pulled(one, ["n", "se", "w", "nw"][Math.floor(chance(4))], chance(99) - 9, chance(99) - 9, { ratio: chance(1) < 0.3 ? 1.5 : 0 }))),
      () => doc.added(doc.removed(label, [id]), doc.copies(label, [doc.elementOf(label, id)])),
    ];
    label = acts[Math.floor(chance(acts.length))]();
    assert.equal(label.elements.length, document.elements.length);
    assert.equal(new Set(label.elements.map((one) => one.id)).size, label.elements.length);
    for (const one of label.elements) assert.ok(inside(label, one), JSON.stringify([label.width, label.height, one]));
  }
}

// a room catches the edges and middles of others before the grid
const label = { width: 70, height: 37, elements: [] };
const other = { x: 10.3, y: 5, width: 20, height: 10 };
const options = { reach: 1, grid: 0.5 };
const near = snapped(label, { x: 10.9, y: 20.1, width: 5, height: 5 }, [other], options);
assert.equal(near.x, 10.3);
assert.equal(near.guides.length, 1);
assert.equal(near.y, 20);
assert.equal(snapped(label, { x: 32, y: 1, width: 5, height: 3 }, [], options).x, 32.5); // its middle on the label's
assert.equal(snappedPoint(label, { x: 29.8, y: 30.7 }, "e", [other], options).x, 30.3);
assert.equal(snappedPoint(label, { x: 29.8, y: 30.7 }, "e", [other], options).y, 30.7);

// keys held down are one step back; what was undone is gone once something else is done
const history = new History("a");
history.push("b", "move", 0);
history.push("c", "move", 300);
history.push("d", "size", 400);
assert.equal(history.undo(), "c");
assert.equal(history.undo(), "a");
assert.equal(history.redo(), "c");
history.push("e", "move", 500);
assert.equal(history.canRedo, false);
assert.equal(history.undo(), "c");

// only elements are pasted, and only on the label
assert.equal(doc.pasted("no json", label, defaults), null);
assert.equal(doc.pasted('{"label-elements": 1}', label, defaults), null);
const foreign = [{ kind: "egg" }, { kind: "box", x: 60, y: 30, width: 50, height: 50, __proto__x: 1, evil: 2 }, { kind: "box", x: "1", y: 1, width: 1, height: 1 }];
const pasted = doc.pasted(JSON.stringify({ "label-elements": foreign }), label, defaults);
assert.equal(pasted.length, 1);
assert.ok(inside(label, pasted[0]));
assert.ok(!("evil" in pasted[0]));

console.log(JSON.stringify(documents.map((document) => doc.closed(doc.opened(document, defaults), defaults))));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_arithmetic_of_the_designer_holds_and_documents_come_back_as_they_went() -> None:
    made = list(readymade.templates().values())
    sent = {
        "documents": [templates.data_of(one) for one in made],
        "defaults": label_templates.defaults(),
        "folder": str(PARTS),
    }
    done = subprocess.run(
        ["node", "--input-type=module", "-e", SCRIPT],
        input=json.dumps(sent), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [templates.template_of(one) for one in json.loads(done.stdout)] == made
