// The camera as a scanner: looks all the time, hands over each code once while it stays in view, rests after each.

import { decoder, read } from "./decoder.js";

const SAME_MS = 2500; // the same code again only after it was out of sight for so long
const REST_MS = 700; // time to read the verdict, and to move on
const LOOK_MS = 90; // between two looks: ten a second spare the battery
const PICTURE = {
  audio: false,
  video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 }, focusMode: { ideal: "continuous" } },
};

export class Camera {
  /** `taken(text)` may return a promise; the camera waits for it before it looks again, and while `blocked()`. */
  constructor(video, taken, blocked) {
    this.video = video;
    this.taken = taken;
    this.blocked = blocked;
    this.stream = null;
    this.seen = new Map(); // text -> when it was last in view
  }

  get on() {
    return this.stream !== null;
  }

  get torchable() {
    return Boolean(this.#track?.getCapabilities?.().torch);
  }

  get #track() {
    return this.stream?.getVideoTracks()[0];
  }

  /** Rejects with a reason as its message: "insecure", "denied", "none" or "failed". */
  async start() {
    if (this.on) return;
    if (!navigator.mediaDevices?.getUserMedia) throw new Error("insecure");
    const stream = await navigator.mediaDevices.getUserMedia(PICTURE).catch((error) => {
      throw new Error(reasonOf(error));
    });
    this.stream = stream;
    this.video.srcObject = stream;
    this.#track.addEventListener("ended", () => this.stop()); // unplugged, or taken by another program
    const [ready] = await Promise.all([decoder(), this.video.play()]);
    this.video.dataset.decoder = ready.name;
    this.#look(stream);
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.srcObject = null;
    this.video.dispatchEvent(new Event("camera-stopped"));
  }

  async torch(on) {
    await this.#track?.applyConstraints({ advanced: [{ torch: on }] });
  }

  async #look(stream) {
    while (this.stream === stream) {
      if (!this.blocked() && !document.hidden && this.video.readyState >= 2) await this.#glance();
      await pause(LOOK_MS);
    }
  }

  async #glance() {
    const texts = await read(this.video).catch(() => []); // a frame that cannot be grabbed: the next one can
    const now = performance.now();
    const fresh = texts.filter((text) => now - (this.seen.get(text) ?? -Infinity) > SAME_MS);
    for (const text of texts) this.seen.set(text, now);
    for (const text of fresh.slice(0, 1)) {
      await this.taken(text);
      await pause(REST_MS);
      this.seen.set(text, performance.now());
    }
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function reasonOf(error) {
  if (error.name === "NotAllowedError" || error.name === "SecurityError") return "denied";
  return error.name === "NotFoundError" || error.name === "OverconstrainedError" ? "none" : "failed";
}
