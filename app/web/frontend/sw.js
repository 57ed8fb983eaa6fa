// Lets the scan page open without a connection. It keeps only what is the same for everybody: the empty page in both
// languages, styles, scripts, icons, the decoder. It never touches the API, and never keeps a page with a person in it.

const { version, assets, shells } = self.SHELL; // written in front of this file by the server
const CACHE = `suyuan-scan-${version}`;
const NOTES = "suyuan-scan-language";
const PATIENCE_MS = 4_000; // Wi-Fi that hangs is no Wi-Fi

self.addEventListener("install", (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

async function fill() {
  const cache = await caches.open(CACHE);
  const requests = [...assets, ...Object.values(shells)].map((url) => new Request(url, { credentials: "omit", cache: "no-cache" }));
  await cache.addAll(requests);
}

self.addEventListener("activate", (event) => {
  event.waitUntil(sweep().then(() => self.clients.claim()));
});

async function sweep() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("suyuan-scan-") && ![CACHE, NOTES].includes(name)).map((name) => caches.delete(name)));
}

self.addEventListener("message", ({ data }) => {
  if (data.language in shells) caches.open(NOTES).then((cache) => cache.put("/language", new Response(data.language)));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname === "/scan") event.respondWith(page(request));
  else if (assets.includes(url.pathname)) event.respondWith(kept(request));
});

async function page(request) {
  try {
    const response = await Promise.race([fetch(request), late()]);
    return response.status < 500 ? response : await shell();
  } catch {
    return shell();
  }
}

const late = () => new Promise((_, reject) => setTimeout(() => reject(new Error("late")), PATIENCE_MS));

async function shell() {
  const noted = await (await caches.open(NOTES)).match("/language");
  const language = noted ? await noted.text() : navigator.language.slice(0, 2);
  return (await caches.open(CACHE)).match(shells[language] ?? shells.en);
}

async function kept(request) {
  return (await (await caches.open(CACHE)).match(request)) ?? fetch(request);
}
