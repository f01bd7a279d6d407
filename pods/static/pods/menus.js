// Menus close as people expect: with Escape, which gives the focus back, and with a click elsewhere.
"use strict";

(() => {
  const open = () => document.querySelectorAll("details.menu[open]");

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
})();
