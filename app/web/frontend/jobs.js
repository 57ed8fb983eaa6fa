// The page of one job: asks how far it is, and shows the page anew when the job has ended.

const card = document.querySelector("[data-job]");
const bar = card?.querySelector("progress");
const EVERY = 400;

async function follow() {
  try {
    const answer = await fetch(card.dataset.job, { headers: { Accept: "application/json" } });
    // Signed out meanwhile: the page itself leads to the sign-in and back.
    if (!answer.ok || answer.redirected) return location.reload();
    const job = await answer.json();
    if (job.state !== "queued" && job.state !== "running") return location.reload();
    if (job.total) {
      bar.max = job.total;
      bar.value = job.done;
    }
  } catch {
    // no network for the moment: the job goes on without us
  }
  setTimeout(follow, EVERY);
}

if (card) setTimeout(follow, EVERY);
