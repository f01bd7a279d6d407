// Shows the page as soon as it is available.
"use strict";

(() => {
  const SECONDS = 5;
  document.getElementById("retry").hidden = false;
  const again = () => setTimeout(() => {
    fetch(location.href, { method: "HEAD", redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(15000) })
      .then((response) => (response.status < 500 ? location.reload() : again()))
      .catch(again);
  }, SECONDS * 1000);
  again();
})();
