// New elements: a likely size, a free spot, and for pictures a file that the server turns into what printers can draw.

import { added, changed, elementOf, freeSpot, newId, rounded, within } from "./document.js";
import { headers } from "./preview.js";
import { given, say } from "./words.js";

const SIZES = {
  qr: [20, 20],
  datamatrix: [12, 12],
  "gs1-datamatrix": [15, 15],
  code128: [40, 10],
  "gs1-128": [62, 15],
  text: [30, 6],
  line: [30, 0.3],
  box: [30, 15],
  image: [15, 15],
};
const FIRST = { text: { text: "{name}", size: 9, least: 6 } };

function fresh(label, kind, more = {}, [wide, high] = SIZES[kind]) {
  const width = Math.min(wide, rounded(label.width * 0.9));
  const height = Math.min(high, rounded(label.height * 0.9));
  return { ...given.defaults[kind], ...FIRST[kind], kind, ...freeSpot(label, width, height), width, height, ...more, id: newId() };
}

export class Adding {
  constructor(store, file, { tell, added: then }) {
    Object.assign(this, { store, file, tell, then, replaces: "" });
    file.addEventListener("change", () => this.#upload(file.files[0]).finally(() => (file.value = "")));
  }

  add(kind) {
    if (kind === "image") return this.pick("");
    this.#put(fresh(this.store.settled, kind));
  }

  /** Asks for a picture file: a new element, or in place of that of `id`. */
  pick(id) {
    this.replaces = id;
    this.file.click();
  }

  /** A picture that was pasted or dropped. */
  take(file) {
    this.replaces = "";
    return this.#upload(file);
  }

  #put(one) {
    this.store.change(added(this.store.settled, [one]));
    this.store.choose([one.id]);
    this.then(one.id);
  }

  async #upload(file) {
    if (!file) return;
    const body = new FormData();
    body.append("picture", file);
    this.tell(say("uploading"));
    const { "Content-Type": _, ...rest } = headers;
    const answer = await fetch(`${given.api}/pictures?lang=${given.language}`, { method: "POST", headers: rest, body }).catch(() => null);
    const told = (await answer?.json().catch(() => null)) ?? { detail: say("no-connection") };
    if (!answer?.ok) return this.tell([told.detail, told.hint].filter(Boolean).join(" "), true);
    this.tell("");
    if (elementOf(this.store.settled, this.replaces)) {
      this.store.change(changed(this.store.settled, [this.replaces], () => ({ data: told.data })));
      return;
    }
    const shape = await sizeOf(told.data);
    const label = this.store.settled;
    const one = fresh(label, "image", { data: told.data }, [15 * Math.max(1, shape), 15 * Math.max(1, 1 / shape)].map((side) => Math.min(side, 40)));
    const width = Math.min(one.width, one.height * shape);
    this.#put({ ...one, ...within(label, { ...one, width: rounded(width), height: rounded(width / shape) }) });
  }
}

/** Width to height. */
async function sizeOf(data) {
  const image = new Image();
  image.src = `data:image/png;base64,${data}`;
  await image.decode().catch(() => {});
  return image.naturalWidth && image.naturalHeight ? image.naturalWidth / image.naturalHeight : 1;
}
