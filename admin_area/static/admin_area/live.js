// Keeps a picture fresh that the server renders, and says when it is not. The page has an element with `data-live`, the
// address of JSON with `picture` and `summary`, and places for the summary, the warning and the age.
"use strict";

(() => {
  const EVERY_MS = 2000;
  const LONGEST_MS = 8000;
  const live = document.querySelector("[data-live]");
  if (!live) return;

  const summary = document.querySelector("[data-live-summary]");
  const stale = document.querySelector("[data-live-stale]");
  const age = document.querySelector("[data-live-age]");
  // By this browser's clock, which may differ from the pod's.
  let refreshed = Date.now();
  let waiting = null;

  const seconds = () => Math.round((Date.now() - refreshed) / 1000);

  const show = (facts) => {
    const open = [...live.querySelectorAll("details[open]")].map((details) => details.id);
    const focused = live.contains(document.activeElement) ? document.activeElement.id : "";
    live.innerHTML = facts.picture;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    // Said aloud by screen readers, so only when it is news.
    if (summary.textContent !== facts.summary) summary.textContent = facts.summary;
    refreshed = Date.now();
    stale.hidden = true;
    live.classList.remove("is-stale");
  };

  const fail = () => {
    if (stale.hidden) {
      stale.textContent = "This page cannot be refreshed at the moment. What it shows may have changed since.";
      stale.hidden = false;
    }
    live.classList.add("is-stale");
  };

  // A redirect leads to the sign-in page: the session has ended.
  const refresh = () =>
    fetch(live.dataset.live, { redirect: "error", cache: "no-store", signal: AbortSignal.timeout(LONGEST_MS) })
      .then((response) => (response.ok ? response.json() : Promise.reject(new Error(String(response.status)))))
      .then(show)
      .catch(fail)
      .finally(plan);

  const plan = () => {
    waiting = document.hidden ? null : setTimeout(refresh, EVERY_MS);
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      clearTimeout(waiting);
      waiting = null;
    } else if (waiting === null) {
      waiting = setTimeout(refresh, 0);
    }
  });

  setInterval(() => {
    age.textContent = document.hidden ? "" : `As it was ${seconds()} s ago.`;
  }, 1000);
  plan();
})();
