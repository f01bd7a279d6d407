// What waits for the reader, asked of their default organization through the router, whichever page this is.
"use strict";

(() => {
  const bar = document.querySelector("[data-counts]");
  if (!bar) return;

  const show = (counts) => {
    for (const place of bar.querySelectorAll("[data-count]")) {
      const count = counts[place.dataset.count];
      if (!Number.isInteger(count)) throw new TypeError("not a count");
      place.textContent = count > 99 ? "99+" : String(count);
      place.title = count > 99 ? "more than 99" : "";
    }
  };

  const fail = () => {
    document.getElementById("counts-missing").hidden = false;
  };

  // A redirect leads to the sign-in page: the session has ended.
  fetch(bar.dataset.counts, { redirect: "error", cache: "no-store", signal: AbortSignal.timeout(5000) })
    .then((response) => (response.ok ? response.json() : Promise.reject(new Error(String(response.status)))))
    .then(show)
    .catch(fail);
})();
