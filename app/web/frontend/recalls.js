// Pages of a recall: suspects are read by the camera into the form, the letter to a customer is printed by a button.

import { Camera } from "./lib/scan/camera.js";
import { toast } from "./lib/toast.js";

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}

const box = document.querySelector("[data-camera]");

if (box) {
  const [button, video] = [box.querySelector("button"), box.querySelector("video")];
  const lines = document.querySelector("textarea[name=things]");
  const add = (text) => {
    const known = lines.value.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
    if (!known.includes(text)) lines.value = [...known, text].join("\n") + "\n";
  };
  const camera = new Camera(video, add, () => false);
  video.addEventListener("camera-stopped", () => (video.hidden = true));
  button.addEventListener("click", async () => {
    if (camera.on) return camera.stop();
    video.hidden = false;
    try {
      await camera.start();
    } catch {
      video.hidden = true;
      toast(box.dataset.denied);
    }
  });
  box.hidden = false; // of no use without a script
}
