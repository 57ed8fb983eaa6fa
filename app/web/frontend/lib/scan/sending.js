// One attempt to hand one row to the server, and what its answer means: settled for good, or to be tried again.

const PATIENCE_MS = 12_000; // bad Wi-Fi hangs rather than fails

const path = (row) => (row.kind === "undo" ? `/api/v1/scans/${row.of}/undo` : "/api/v1/scans");

function body(row) {
  const common = { visit: row.visit, operator: row.operator };
  return row.kind === "undo" ? common : { ...row.request, ...common, nonce: row.nonce, event_time: row.at };
}

export async function post(url, content, csrf, headers = { "Content-Type": "application/json" }) {
  return fetch(url, {
    method: "POST",
    headers: { ...headers, Accept: "application/json", "X-CSRFToken": csrf ?? "" },
    body: content,
    credentials: "same-origin",
    redirect: "manual", // a portal of the Wi-Fi that wants a log-in is no answer of ours
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
}

/** {state: "settled", answer} or {state: "waiting", reason, status}. Never throws: no answer is an answer, too. */
export async function attempt(row, csrf) {
  try {
    const response = await post(path(row), JSON.stringify(body(row)), csrf);
    return await meaning(response);
  } catch {
    return waits("offline");
  }
}

const waits = (reason, status = 0) => ({ state: "waiting", reason, status });

/** Only JSON that our own server wrote settles a scan. */
export async function meaning(response) {
  const { status } = response;
  const kind = response.headers.get("Content-Type") ?? "";
  if (status === 401) return waits("signed-out", status);
  if (status === 429 || status >= 500) return waits("server", status);
  if (status === 200 && kind.startsWith("application/json")) {
    const answer = await response.json();
    return answer.verdict ? { state: "settled", answer } : waits("strange", status);
  }
  if (status >= 400 && kind.startsWith("application/problem+json")) return refused(await response.json(), status);
  return waits("strange", status);
}

function refused(problem, status) {
  if (problem.code === "stale-form") return waits("stale", status);
  if (problem.code === "other-operator") return waits("other-operator", status);
  const answer = { verdict: "red", code: problem.code, sentence: problem.detail, hint: problem.hint ?? "" };
  return { state: "settled", answer: { ...answer, item: null, next_steps: [], event_id: "", seq: null, repeated: false } };
}
