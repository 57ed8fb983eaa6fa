// A photo of a label: read by the server, which tries harder than a browser; by the browser when there is no connection.

import { read } from "./decoder.js";
import { post } from "./sending.js";

const LONGEST_SIDE = 2600; // enough for a small label on a large picture, a tenth of the bytes

/** {codes} or {problem: {code, sentence, hint}}. */
export async function codesIn(file, csrf) {
  const form = new FormData();
  form.append("photo", await smaller(file), "photo.jpg");
  let response;
  try {
    response = await post("/api/v1/photos", form, csrf, {});
  } catch {
    return here(file);
  }
  const kind = response.headers.get("Content-Type") ?? "";
  if (response.status === 200 && kind.startsWith("application/json")) return response.json();
  if (response.status < 500 && response.status !== 401 && kind.startsWith("application/problem+json")) {
    const problem = await response.json();
    return { problem: { code: problem.code, sentence: problem.detail, hint: problem.hint } };
  }
  return here(file);
}

/** Without the server: the browser's own try. */
async function here(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const codes = await read(bitmap);
    bitmap.close();
    return { codes, local: true };
  } catch {
    return { codes: [], local: true };
  }
}

/** The same photo small enough for bad Wi-Fi; whatever the browser cannot open goes to the server as it is. */
async function smaller(file) {
  if (file.size < 1_000_000) return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.88));
    return blob && blob.size < file.size ? blob : file;
  } catch {
    return file;
  }
}
