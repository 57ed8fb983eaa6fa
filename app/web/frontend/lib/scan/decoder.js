// One way to read codes from a picture: the browser's own detector where it reads QR codes, else ZXing from our build.

import { BarcodeDetector as Zxing, prepareZXingModule } from "barcode-detector/ponyfill";

import { page } from "./words.js";

const WANTED = ["qr_code", "data_matrix", "code_128", "ean_13", "ean_8", "itf"];

let making;

export function decoder() {
  making ??= make();
  return making;
}

async function make() {
  const native = globalThis.BarcodeDetector;
  const formats = native ? await native.getSupportedFormats().catch(() => []) : [];
  if (formats.includes("qr_code")) {
    return { name: "native", detector: new native({ formats: WANTED.filter((format) => formats.includes(format)) }) };
  }
  prepareZXingModule({ overrides: { locateFile: () => page.wasm } });
  return { name: "zxing", detector: new Zxing({ formats: WANTED }) };
}

/** The texts in a picture (video, canvas, bitmap), each once. */
export async function read(picture) {
  const { detector } = await decoder();
  const found = await detector.detect(picture);
  return [...new Set(found.map((code) => code.rawValue).filter(Boolean))];
}
