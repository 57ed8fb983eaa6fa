// What a device remembers between two openings of the page: the visit, and the step and place of each person.

import { EMPTY, lasting } from "./flow.js";
import { nonce } from "./outbox.js";

const VISIT_HOURS = 12;

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // full or forbidden: the page works, it only forgets
  }
}

/** The visit goes on after a closed tab: its scans can still be undone. It ends by hand or after a long shift. */
export function visitOf(operator) {
  const visit = read(`suyuan-scan-visit-${operator}`);
  const begun = visit && Date.now() - Date.parse(visit.began) < VISIT_HOURS * 3_600_000;
  return begun ? visit : newVisit(operator);
}

export function newVisit(operator) {
  const visit = { id: nonce(), began: new Date().toISOString() };
  write(`suyuan-scan-visit-${operator}`, visit);
  return visit;
}

export function settingOf(operator, profile) {
  const setting = { ...EMPTY, ...read(`suyuan-scan-setting-${operator}`) };
  const { places = [], partners = [] } = profile ?? {};
  if (!places.some(({ epc }) => epc === setting.place)) setting.place = places.length === 1 ? places[0].epc : "";
  if (!partners.some(({ prefix }) => prefix === setting.destination)) setting.destination = "";
  return setting;
}

export function remember(operator, setting) {
  write(`suyuan-scan-setting-${operator}`, lasting(setting));
}
