// The API described and tried by Swagger UI: as the signed-in person, or with an API key entered under Authorize.

const place = document.getElementById("api-docs");
const root = document.documentElement;
const device = matchMedia("(prefers-color-scheme: dark)");

function colour() {
  root.classList.toggle("dark-mode", (root.dataset.bsTheme ?? (device.matches ? "dark" : "light")) === "dark");
}

colour();
device.addEventListener("change", colour);

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "none", // more calls than a page should open with
  defaultModelsExpandDepth: 0,
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null, // else it asks a machine that is not ours
  syntaxHighlight: { activated: false },
  requestInterceptor(request) {
    const token = document.querySelector('meta[name="csrf-token"]')?.content;
    const signed = Object.keys(request.headers).some((name) => name.toLowerCase() === "authorization");
    if (token && !signed && !["GET", "HEAD"].includes(request.method?.toUpperCase() ?? "GET")) {
      request.headers["X-CSRFToken"] = token;
    }
    return request;
  },
});
