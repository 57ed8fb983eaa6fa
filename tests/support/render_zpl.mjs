// Draws ZPL by a renderer that knows nothing of ours. stdin: [{zpl, width, height, dpmm}], stdout: [[png in base64]].
import { readFileSync } from "node:fs";
import { ready } from "zpl-renderer-js";

const { api } = await ready;
const drawn = [];
for (const { zpl, width, height, dpmm } of JSON.parse(readFileSync(0, "utf8"))) {
  drawn.push(await api.zplToBase64MultipleAsync(zpl, width, height, dpmm));
}
process.stdout.write(JSON.stringify(drawn), () => process.exit(0));
