// The scan page: puts the three inputs in front of one desk, and the switches of sound, camera and light.

import { Camera } from "./lib/scan/camera.js";
import { Desk } from "./lib/scan/desk.js";
import { find, icon, make, pressed, show } from "./lib/scan/dom.js";
import { codesIn } from "./lib/scan/photo.js";
import { Profile } from "./lib/scan/profile.js";
import { mute, muted, stayAwake, unlock } from "./lib/scan/signals.js";
import { page, say } from "./lib/scan/words.js";
import { Wedge } from "./lib/scan/wedge.js";

const profile = new Profile();
const desk = new Desk(profile);
const wedge = new Wedge(find("#code"), taken);
const camera = new Camera(find("#camera-view"), taken, () => desk.blocked);

async function taken(text) {
  await desk.taken(text);
  wedge.focus();
}

function note(text) {
  find("#note").textContent = text;
  show(find("#note"), Boolean(text));
}

// --- the camera ---

async function switchCamera() {
  note("");
  if (camera.on) camera.stop();
  else await camera.start().catch((error) => note(say(`camera-${error.message}`, { message: error.message })));
  drawCamera();
}

function drawCamera() {
  show(find("#camera"), camera.on);
  pressed(find("#camera-switch"), camera.on);
  show(find("#torch"), camera.on && camera.torchable);
  pressed(find("#torch"), false);
  stayAwake(camera.on);
}

find("#camera-switch").addEventListener("click", switchCamera);
find("#camera-view").addEventListener("camera-stopped", drawCamera);
find("#torch").addEventListener("click", async ({ currentTarget }) => {
  const on = currentTarget.getAttribute("aria-pressed") !== "true";
  await camera.torch(on);
  pressed(currentTarget, on);
});

document.addEventListener("visibilitychange", () => document.hidden || stayAwake(camera.on)); // hiding ends the lock

// --- photos ---

// Where a page may not show the camera (no https), the photo is the camera.
if (!navigator.mediaDevices) find("#photo").setAttribute("capture", "environment");

find("#photo").addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  target.value = "";
  if (!file) return;
  const at = new Date().toISOString();
  note(say("reading-photo"));
  const { codes = [], problem, local } = await codesIn(file, profile.csrf);
  note("");
  if (problem) desk.panel.verdict({ verdict: "red", word: say("unreadable"), ...problem });
  else if (codes.length === 0) note(say(local ? "photo-offline" : "photo-empty"));
  else if (codes.length === 1) await desk.taken(codes[0], at);
  else choose(codes, at);
});

/** A photo of several labels: nobody but the person knows which of them are meant. */
function choose(codes, at) {
  const one = (code) =>
    make("button", { type: "button", class: "scan-chip", onclick: ({ currentTarget }) => (currentTarget.remove(), desk.taken(code, at)) }, icon("qrcode"), code);
  const all = async ({ currentTarget }) => {
    currentTarget.parentElement.replaceChildren();
    note("");
    for (const code of codes) await desk.taken(code, at);
  };
  note(say("several-codes", { n: codes.length }));
  find("#note").append(make("div", { class: "scan-codes" }, make("button", { type: "button", class: "scan-chip is-strong", onclick: all }, icon("checks"), say("take-all")), ...codes.map(one)));
}

// --- switches ---

document.addEventListener("pointerdown", unlock, { capture: true });
document.addEventListener("keydown", unlock, { capture: true });

const sound = find("#sound");
function drawSound() {
  pressed(sound, !muted());
  sound.replaceChildren(icon(muted() ? "volume-off" : "volume"), make("span", {}, say(muted() ? "sound-off" : "sound-on")));
}
sound.addEventListener("click", () => {
  mute(!muted());
  drawSound();
});
drawSound();

find("#change-step").addEventListener("click", () => desk.view("choose"));
find("#change-place").addEventListener("click", () => desk.view("choose"));
find("#finish").addEventListener("click", () => desk.finish());
find("#waiting-retry").addEventListener("click", () => desk.outbox.wake());
find("#waiting-badge").addEventListener("click", () => {
  show(find("#waiting"), true);
  find("#waiting-details").open = true;
});

// --- opening without a connection ---

if (navigator.serviceWorker) {
  navigator.serviceWorker
    .register("/sw.js", { scope: "/scan" })
    .then(() => navigator.serviceWorker.ready)
    .then(({ active }) => active.postMessage({ language: page.language }))
    .catch(() => {}); // the page works without it, it only cannot be opened without a connection
}

// --- the copy of the page that was opened without a connection ---

async function connect() {
  if (page.profile) return;
  const before = profile.person;
  await profile.refresh().catch(() => {});
  if (!before && profile.person) location.reload();
  else if (!profile.person) note(say(profile.known ? "nobody" : "nobody-offline"));
}
window.addEventListener("online", connect);

desk.begin();
connect();
wedge.focus();
document.documentElement.dataset.scan = "ready";
