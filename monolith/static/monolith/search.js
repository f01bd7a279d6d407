// The search box of the top bar: `/` goes there. Empty, it shows what the reader looked at last; while they type, what is
// found. It is a combobox of the ARIA Authoring Practices: the focus stays in the box, the arrow keys choose.
"use strict";

(() => {
  const form = document.querySelector("[data-suggestions]");
  if (!form) return;
  const box = form.querySelector("input");
  const PAUSE_MS = 150;
  const PATIENCE_MS = 10000;
  const UNAVAILABLE = "Suggestions are not available at the moment.";

  const panel = document.createElement("div");
  panel.className = "found";
  panel.hidden = true;
  const list = document.createElement("div");
  list.id = "found";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  panel.append(list, status);
  form.append(panel);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-controls": "found", "aria-expanded": "false",
  })) box.setAttribute(name, value);

  let asked = null;
  let waiting = 0;
  let chosen = -1;

  const options = () => list.querySelectorAll("[role=option]");
  const isOpen = () => !panel.hidden;

  const choose = (at) => {
    const all = options();
    all[chosen]?.setAttribute("aria-selected", "false");
    chosen = all.length ? (at + all.length) % all.length : -1;
    box.removeAttribute("aria-activedescendant");
    if (chosen < 0) return;
    all[chosen].setAttribute("aria-selected", "true");
    all[chosen].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", all[chosen].id);
  };

  const close = () => {
    clearTimeout(waiting);
    asked?.abort();
    panel.hidden = true;
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };

  const option = (title, path, fact, number) => {
    const link = document.createElement("a");
    link.href = path;
    link.id = `found-${number}`;
    link.tabIndex = -1;
    link.setAttribute("role", "option");
    link.setAttribute("aria-selected", "false");
    const line = document.createElement("span");
    line.textContent = title;
    link.append(line);
    if (fact) {
      const more = document.createElement("span");
      more.className = "fact";
      more.textContent = fact;
      link.append(more);
    }
    return link;
  };

  const show = (groups, text) => {
    let number = 0;
    list.replaceChildren(...groups.filter(({ hits }) => hits.length).map(({ title, hits }) => {
      const group = document.createElement("div");
      const name = document.createElement("span");
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", title);
      name.textContent = title;
      name.setAttribute("aria-hidden", "true");
      group.append(name, ...hits.map((hit) => option(hit.title, hit.path, hit.fact, number++)));
      return group;
    }));
    list.hidden = number === 0;
    status.textContent = text;
    chosen = -1;
    box.removeAttribute("aria-activedescendant");
    panel.hidden = number === 0 && !text;
    box.setAttribute("aria-expanded", String(number > 0));
  };

  const read = async (response) => {
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    if (!isJson) throw new Error(String(response.status));
    return response.json();
  };

  const more = ({ words, found, address }) => {
    const hits = found.length ? [{ title: `All results for “${words}”`, path: address }] : [];
    const { everywhere } = form.dataset;
    if (everywhere) hits.push({ title: "Search all your organizations", path: `${everywhere}?${new URLSearchParams({ search: words })}` });
    return { title: "More", hits };
  };

  const ask = () => {
    asked?.abort();
    const own = (asked = new AbortController());
    const words = box.value.trim();
    const signal = AbortSignal.any([own.signal, AbortSignal.timeout(PATIENCE_MS)]);
    // A redirect leads to the sign-in page: the session has ended.
    fetch(`${form.dataset.suggestions}?${new URLSearchParams({ search: words })}`, { redirect: "error", cache: "no-store", signal })
      .then(read)
      .then((answer) => {
        if (own.signal.aborted) return;
        if (answer.problem) show([], answer.problem);
        else if (!answer.words) show(answer.found, "");
        else show([...answer.found, more(answer)], answer.found.length ? "" : "No matching results.");
      })
      .catch(() => {
        if (!own.signal.aborted) show([], UNAVAILABLE);
      });
  };

  box.addEventListener("focus", () => { if (!isOpen()) ask(); });
  box.addEventListener("click", () => { if (!isOpen()) ask(); });
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE_MS);
  });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen()) ask();
      else choose(event.key === "ArrowDown" ? chosen + 1 : (chosen < 0 ? 0 : chosen) - 1);
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      options()[chosen].click();
    } else if (event.key === "Escape" && isOpen()) {
      // The browser would empty the box.
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  form.addEventListener("submit", (event) => {
    if (!box.value.trim()) {
      event.preventDefault();
      location.assign(form.action);
    }
  });
  form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget)) close(); });
  // The focus stays in the box while a suggestion is clicked.
  panel.addEventListener("mousedown", (event) => event.preventDefault());

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
})();
