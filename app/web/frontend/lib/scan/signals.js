// What a worker hears and feels without looking: one sound and one vibration for each verdict, and a screen that stays on.

const SOUNDS = {
  green: [[880, 0, 0.09], [1319, 0.1, 0.14]], // two notes up
  amber: [[660, 0, 0.16], [660, 0.24, 0.16]], // the same note twice
  red: [[220, 0, 0.22], [165, 0.24, 0.42]], // low and falling
  wait: [[523, 0, 0.1]], // one short note: kept, not yet recorded
  tick: [[1760, 0, 0.04]], // read
};
const VIBRATIONS = { green: [60], amber: [90, 70, 90], red: [350, 90, 350], wait: [30], tick: [] };
const HARSH = new Set(["red"]);
const MUTED = "suyuan-scan-muted";

let audio = null;
let lock = null;

/** Browsers let a page be heard only after a touch; call it from any. */
export function unlock() {
  const Context = window.AudioContext ?? window.webkitAudioContext;
  if (!audio && Context) audio = new Context();
  if (audio?.state === "suspended") audio.resume().catch(() => {});
}

export const muted = () => localStorage.getItem(MUTED) === "1";

export function mute(on) {
  localStorage.setItem(MUTED, on ? "1" : "0");
}

export function signal(kind) {
  navigator.vibrate?.(VIBRATIONS[kind]);
  if (!audio || muted()) return;
  for (const [pitch, start, length] of SOUNDS[kind]) note(pitch, start, length, HARSH.has(kind) ? "square" : "sine");
}

function note(pitch, start, length, shape) {
  const begin = audio.currentTime + start;
  const tone = audio.createOscillator();
  const loudness = audio.createGain();
  tone.type = shape;
  tone.frequency.value = pitch;
  loudness.gain.setValueAtTime(0, begin);
  loudness.gain.linearRampToValueAtTime(shape === "square" ? 0.25 : 0.6, begin + 0.01);
  loudness.gain.setValueAtTime(shape === "square" ? 0.25 : 0.6, begin + length - 0.02);
  loudness.gain.linearRampToValueAtTime(0, begin + length); // a hard end would click
  tone.connect(loudness).connect(audio.destination);
  tone.start(begin);
  tone.stop(begin + length);
}

export async function stayAwake(on) {
  if (!("wakeLock" in navigator)) return;
  try {
    if (on && !lock) lock = await navigator.wakeLock.request("screen");
    if (!on) await lock?.release();
  } catch {
    // the battery is low, or the page is hidden: the screen may go dark
  }
  if (!on || lock?.released) lock = null;
}
