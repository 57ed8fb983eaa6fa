// What a label is, without recording anything.

const PATIENCE_MS = 6_000;

/** {item, next_steps}, {problem: {code, sentence, hint}}, or {offline: true}. */
export async function look(code) {
  try {
    const response = await fetch(`/api/v1/look?${new URLSearchParams({ code })}`, {
      headers: { Accept: "application/json" },
      cache: "no-store",
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const kind = response.headers.get("Content-Type") ?? "";
    if (response.status === 200 && kind.startsWith("application/json")) return await response.json();
    if (response.status === 401 || response.status >= 500 || !kind.startsWith("application/problem+json")) return { offline: true };
    const problem = await response.json();
    return { problem: { code: problem.code, sentence: problem.detail, hint: problem.hint } };
  } catch {
    return { offline: true };
  }
}
