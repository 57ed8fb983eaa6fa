// Step and place, chosen once; and what else the chosen step wants to know.

import { IN_RUN, LOOK, NEEDS_PARENT, WITH_DESTINATION, WITH_ORDER, asksQuantity, wantsReason } from "./flow.js";
import { find, findAll, icon, make, pressed, show } from "./dom.js";
import { say, steps, timeOf } from "./words.js";

export class Chooser {
  /** `change(values)` changes the setting; `step(name)`, `newRun()`, `newParent()`, `quantity()` are taps. */
  constructor(actions) {
    this.actions = actions;
    for (const tile of findAll("[data-step]")) tile.addEventListener("click", () => actions.step(tile.dataset.step));
    for (const button of findAll("[data-result]")) {
      button.addEventListener("click", () => actions.change({ result: button.dataset.result }));
    }
    find("#destination").addEventListener("change", ({ target }) => actions.change({ destination: target.value }));
    find("#order").addEventListener("input", ({ target }) => actions.change({ order: target.value }));
    find("#reason").addEventListener("input", ({ target }) => actions.change({ reason: target.value }));
    find("#new-run").addEventListener("click", () => actions.newRun());
    find("#new-parent").addEventListener("click", () => actions.newParent());
    find("#set-quantity").addEventListener("click", () => actions.quantity());
  }

  places(places, setting) {
    const button = ({ epc, name, identifier }) =>
      make(
        "button",
        { type: "button", class: "scan-place", "data-place": epc, "aria-pressed": String(epc === setting.place), onclick: () => this.actions.place(epc) },
        icon("map-pin"),
        make("span", {}, name, make("small", { translate: "no" }, identifier)),
      );
    find("#places").replaceChildren(...places.map(button));
    show(find("#no-places"), places.length === 0);
  }

  partners(partners, setting) {
    const option = ({ prefix, name }) => make("option", { value: prefix, selected: prefix === setting.destination }, name);
    find("#destination").replaceChildren(make("option", { value: "" }, say("choose-company")), ...partners.map(option));
  }

  draw(setting, places) {
    const { step } = setting;
    find("#choose").dataset.lack = setting.place ? "" : "place";
    const place = places.find(({ epc }) => epc === setting.place);
    find("#step-icon").replaceChildren(icon(steps[step]?.icon ?? "list"));
    find("#step-name").textContent = steps[step]?.title ?? say("choose-step");
    find("#place-name").textContent = place?.name ?? say("choose-place");
    for (const tile of findAll("[data-step]")) pressed(tile, tile.dataset.step === step);
    for (const button of findAll("[data-place]")) pressed(button, button.dataset.place === setting.place);
    this.#context(setting);
  }

  #context(setting) {
    const { step } = setting;
    show(find("#for-result"), step === "inspect");
    for (const button of findAll("[data-result]")) pressed(button, button.dataset.result === setting.result);
    show(find("#for-run"), IN_RUN.has(step));
    find("#run-name").textContent = setting.run ? say("run", { run: setting.run.slice(-6), time: timeOf(setting.runBegan ?? Date.now()) }) : "";
    show(find("#for-parent"), NEEDS_PARENT.has(step) && Boolean(setting.parent));
    if (setting.parent) this.#parent(setting);
    show(find("#for-destination"), WITH_DESTINATION.has(step));
    show(find("#for-order"), WITH_ORDER.has(step));
    show(find("#for-reason"), wantsReason(setting));
    for (const name of ["destination", "order", "reason"]) {
      const field = find(`#${name}`);
      if (field.value !== setting[name]) field.value = setting[name];
    }
    show(find("#for-quantity"), Boolean(step) && step !== LOOK && step !== "inspect");
    find("#quantity-value").textContent = setting.quantity || say(asksQuantity(step) ? "asked-when-needed" : "all-there");
  }

  #parent({ step, parent }) {
    find("#parent-role").textContent = say(`parent-${step}`);
    find("#parent-name").textContent = parent.title;
    find("#parent-code").textContent = parent.identifier;
    find("#parent-note").textContent = parent.checked ? "" : say("not-checked");
  }
}
