// Global search: asks each organization at its own address, and shows its answer under its name as soon as it arrives.
"use strict";

(() => {
  const PATIENCE_MS = 15000;
  const parts = [...document.querySelectorAll("[data-part]")];
  const progress = document.getElementById("progress");
  let answered = 0;

  const made = (name, text, className) => {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    if (className) element.className = className;
    return element;
  };

  const listed = ({ title, hits }) => {
    const list = made("ul", "", "list");
    list.append(...hits.map((hit) => {
      const item = document.createElement("li");
      const row = made("span", "", "row");
      const link = made("a", hit.title, "title");
      link.href = hit.path;
      row.append(link);
      if (hit.fact) row.append(made("span", hit.fact, "fact"));
      item.append(row);
      return item;
    }));
    return [made("h3", title), list];
  };

  const tell = () => {
    answered += 1;
    progress.textContent = answered < parts.length
      ? `${answered} of ${parts.length} organizations answered.`
      : "All organizations were asked.";
  };

  const ask = (part) => {
    const results = part.querySelector("[data-results]");
    const name = part.querySelector("h2").textContent;
    results.replaceChildren(made("p", "Searching…", "fact"));

    const fail = () => {
      const problem = made("div", "", "problem");
      const again = made("button", "Try again", "quiet");
      again.type = "button";
      again.setAttribute("aria-label", `Try again to search ${name}`);
      again.addEventListener("click", () => ask(part));
      problem.append(made("p", `${name} cannot be searched at the moment. Its results are missing.`), again);
      results.replaceChildren(problem);
    };
    const show = (answer) => {
      const groups = answer.found.flatMap(listed);
      results.replaceChildren(...(groups.length ? groups : [made("p", "No matching results.", "fact")]));
    };

    // A redirect leads to the sign-in page: the session has ended.
    return fetch(part.dataset.part, { redirect: "error", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) })
      .then((response) => (response.ok ? response.json() : Promise.reject(new Error(String(response.status)))))
      .then(show)
      .catch(fail);
  };

  progress.textContent = "Searching…";
  for (const part of parts) ask(part).then(tell);
})();
