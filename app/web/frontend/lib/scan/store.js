// Every scan of this device. A row is written here before anything is sent; it waits, or it has its answer.
//
// row: { n, nonce, kind: "scan" | "undo", of, operator, operatorName, visit, at, request, state: "waiting" | "settled",
//        tries, reason, answer, backlog, seen }

import { openDB } from "idb";

const KEPT_DAYS = 3; // how long answers stay to be looked at; what waits stays until it is answered
const STRICT = { durability: "strict" }; // on the disk, not only on its way there, before the scan counts as kept

let opening;

function database() {
  opening ??= openDB("suyuan-scans", 1, {
    upgrade(db) {
      const rows = db.createObjectStore("rows", { keyPath: "n", autoIncrement: true });
      rows.createIndex("nonce", "nonce", { unique: true });
      rows.createIndex("state", "state");
    },
    blocking: (_from, _to, event) => {
      event.target.close();
      opening = undefined;
    },
    terminated: () => (opening = undefined),
  });
  return opening;
}

async function writing(work) {
  const transaction = (await database()).transaction("rows", "readwrite", STRICT);
  const [result] = await Promise.all([work(transaction.store), transaction.done]);
  return result;
}

/** Adds a row and gives it its place in the queue. Rejects when the browser cannot keep it. */
export async function add(row) {
  const n = await writing((rows) => rows.add(row));
  return { ...row, n };
}

/** Changes a row that is still there; a row taken back meanwhile stays away. */
export async function change(n, values) {
  return writing(async (rows) => {
    const row = await rows.get(n);
    if (row) await rows.put({ ...row, ...values });
    return row && { ...row, ...values };
  });
}

/** Removes a scan that was never tried, so nobody can have it; false when it may have arrived. */
export async function takeBack(n) {
  return writing(async (rows) => {
    const row = await rows.get(n);
    if (!row || row.state !== "waiting" || row.tries > 0) return false;
    await rows.delete(n);
    return true;
  });
}

export const remove = (n) => writing((rows) => rows.delete(n));

export async function byNonce(nonce) {
  return (await database()).getFromIndex("rows", "nonce", nonce);
}

export async function all() {
  return (await database()).getAll("rows");
}

/** The first row of this person that waits behind `after`: one row is read, however many wait. */
export async function nextOf(operator, after) {
  const index = (await database()).transaction("rows").store.index("state");
  for (let cursor = await index.openCursor("waiting"); cursor; cursor = await cursor.continue()) {
    if (cursor.value.operator === operator && cursor.value.n > after) return cursor.value;
  }
  return undefined;
}

/** Asks the browser not to throw the scans away when the device runs out of space. */
export function insist() {
  navigator.storage?.persist?.().catch(() => {});
}

/** Forgets old answers, but no refusal that nobody has looked at. */
export async function tidy(now = Date.now()) {
  const limit = new Date(now - KEPT_DAYS * 86_400_000).toISOString();
  return writing(async (rows) => {
    for (const row of await rows.index("state").getAll("settled")) {
      if (row.at < limit && (row.seen || row.answer.verdict !== "red")) await rows.delete(row.n);
    }
  });
}
