// What the next scan means: the step, the place and what else the step needs to know. Values in, values out.

export const EMPTY = {
  step: "", place: "", result: "pass", parent: null, run: "", runBegan: "", destination: "", order: "", reason: "", quantity: "",
};
const LASTING = ["step", "place", "run", "runBegan", "destination", "order"]; // comes back after a reload; the rest would surprise

export const NEEDS_PARENT = new Set(["assemble", "pack", "unpack", "split", "merge", "repack", "rework"]);
const ASKED = new Set(["consume", "produce", "split", "repack", "sample", "loss"]); // how much of a lot is asked for
export const IN_RUN = new Set(["consume", "produce"]);
export const WITH_ORDER = new Set(["receive", "ship", "return", "produce"]);
export const WITH_DESTINATION = new Set(["ship", "return"]);
export const LOOK = "look"; // not a step: shows what a label is and records nothing

export const asksQuantity = (step) => ASKED.has(step);

export function wantsReason({ step, result }) {
  return step === "scrap" || step === "loss" || step === "return" || (step === "inspect" && result !== "pass");
}

/** The first thing that is missing before a scan can be recorded: "" when nothing is. */
export function missing(setting) {
  if (!setting.step || setting.step === LOOK) return "step";
  if (!setting.place) return "place";
  if (NEEDS_PARENT.has(setting.step) && !setting.parent) return "parent";
  if (setting.step === "ship" && !setting.destination) return "destination";
  return "";
}

/** The body of a scan, without what the queue adds: nonce, time, visit. */
export function requestFor(setting, code) {
  const { step, place } = setting;
  const request = { step, place, code };
  if (setting.quantity) request.quantity = setting.quantity;
  if (step === "inspect") request.result = setting.result;
  if (wantsReason(setting) && setting.reason) request.reason = setting.reason;
  if (NEEDS_PARENT.has(step)) request.parent = setting.parent.code;
  if (IN_RUN.has(step)) request.transformation = setting.run;
  if (WITH_ORDER.has(step) && setting.order) request.order = setting.order;
  if (WITH_DESTINATION.has(step) && setting.destination) request.destination = setting.destination;
  return request;
}

/** The place whose label this is, if it is one of ours: works without a connection. */
export function placeNamed(text, places) {
  const plain = text.normalize("NFKC").trim().toUpperCase().split(/[?#]/)[0];
  return places.find(({ identifier }) => plain === identifier.toUpperCase() || plain.endsWith(`/${identifier.toUpperCase()}`));
}

export const lasting = (setting) => Object.fromEntries(LASTING.map((name) => [name, setting[name]]));

/** The setting for another step: what belonged to the old one alone does not go along. */
export function forStep(setting, step, freshRun) {
  const run = IN_RUN.has(step) && !setting.run ? freshRun() : {};
  const parent = setting.step === step ? setting.parent : null;
  return { ...setting, ...run, step, parent, result: "pass", reason: "", quantity: "" };
}
