// Builds everything a browser loads from us into ../static/build: our modules and styles, and the parts of
// npm packages that are served as they are. File names carry a hash of their content; manifest.json says which
// name has which hash (`asset('scan.js')` in templates). Nothing is ever loaded from another origin.
//
// Entries are the .js and .css files directly in this folder; what they share lives in lib/. Each entry becomes
// one self-contained ES module: a page loads one file and never a chunk that a later build has replaced.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..", "..");
const modules = join(root, "node_modules");
const target = join(here, "..", "static", "build");
const fresh = `${target}.new`;

const copied = [
  "@tabler/core/dist/css/tabler.min.css",
  "@tabler/core/dist/js/tabler.esm.min.js", // menus, dialogs, tabs
  "swagger-ui-dist/swagger-ui.css",
  "swagger-ui-dist/swagger-ui-bundle.js",
  "zxing-wasm/dist/reader/zxing_reader.wasm", // the decoder where the browser has no BarcodeDetector
];

async function entries() {
  const names = await readdir(here);
  return names.filter((name) => [".js", ".css"].includes(extname(name))).sort();
}

async function bundle(names) {
  if (names.length === 0) return {};
  const result = await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => join(here, name)),
    outdir: fresh,
    entryNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    sourcemap: "linked",
    splitting: false,
    format: "esm",
    target: ["es2022", "chrome100", "safari15.4", "firefox100"],
    legalComments: "eof",
    metafile: true,
    logLevel: "warning",
  });
  const made = Object.entries(result.metafile.outputs).filter(([, output]) => output.entryPoint);
  return Object.fromEntries(made.map(([path, output]) => [basename(output.entryPoint), basename(path)]));
}

function hashed(name, content) {
  const extension = extname(name);
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  return `${basename(name, extension)}-${hash}${extension}`;
}

async function place(name, content) {
  const file = hashed(name, content);
  await writeFile(join(fresh, file), content);
  return [name, file];
}

async function copy(path) {
  const content = await readFile(join(modules, path));
  if (![".js", ".css"].includes(extname(path))) return place(basename(path), content);
  // The source map stays in the package; without this line a browser's tools would ask us for it.
  const text = content.toString("utf8").replace(/\n?\/[/*]# sourceMappingURL=[^\n]*\n?$/, "\n");
  return place(basename(path), text);
}

// icons.txt: one Tabler icon a line, `name` for the outline or `filled/name`; a symbol's id is the part after the slash,
// with `-filled` behind it for the second kind.
async function symbol(line) {
  const [style, name] = line.includes("/") ? line.split("/") : ["outline", line];
  const file = join(modules, "@tabler/icons/icons", style, `${name}.svg`);
  if (!existsSync(file)) throw new Error(`${relative(root, join(here, "icons.txt"))}: there is no Tabler icon '${line}'.`);
  const shapes = (await readFile(file, "utf8"))
    .replace(/^[\s\S]*?<svg[^>]*>/, "")
    .replace(/<\/svg>\s*$/, "")
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" ?\/>/, "")
    .replace(/\s*\n\s*/g, "");
  const paint =
    style === "filled"
      ? 'fill="currentColor"'
      : 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
  const id = style === "filled" ? `${name}-filled` : name;
  return `<symbol id="${id}" viewBox="0 0 24 24" ${paint}>${shapes}</symbol>`;
}

async function sprite() {
  const list = join(here, "icons.txt");
  const text = existsSync(list) ? await readFile(list, "utf8") : "";
  const names = text.split("\n").map((line) => line.replace(/#.*/, "").trim()).filter(Boolean);
  const symbols = await Promise.all([...new Set(names)].sort().map(symbol));
  return place("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
}

await rm(fresh, { recursive: true, force: true });
await mkdir(fresh, { recursive: true });
const [ours, icons, ...theirs] = await Promise.all([bundle(await entries()), sprite(), ...copied.map(copy)]);
const manifest = { ...ours, ...Object.fromEntries([icons, ...theirs]) };
await writeFile(join(fresh, "manifest.json"), `${JSON.stringify(manifest, Object.keys(manifest).sort(), 2)}\n`);
// A build that failed above leaves the last good one in place; one that did not replaces it in an instant.
const last = `${target}.last`;
await rm(last, { recursive: true, force: true });
if (existsSync(target)) await rename(target, last);
await rename(fresh, target);
await rm(last, { recursive: true, force: true });
