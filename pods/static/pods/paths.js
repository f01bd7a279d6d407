// The path of something new follows its name until a person edits the path. Letters become ASCII as in GitLab.
"use strict";

(() => {
  const name = document.getElementById("id_name");
  const path = document.getElementById("id_path");
  if (!name || !path) return;

  const WRITTEN = {
    Ä: "Ae", Ö: "Oe", Ü: "Ue", ä: "ae", ö: "oe", ü: "ue", ß: "ss", Æ: "AE", æ: "ae", Œ: "OE", œ: "oe", Ø: "O", ø: "o",
    Å: "A", å: "a", Ł: "L", ł: "l", Đ: "D", đ: "d", Ð: "D", ð: "d", Þ: "Th", þ: "th", ı: "i", Ħ: "H", ħ: "h", Ĳ: "IJ", ĳ: "ij",
  };

  const ascii = (text) =>
    text.normalize("NFC").replace(/[^\0-\x7f]/g, (each) => WRITTEN[each] ?? each.normalize("NFD").replace(/\p{M}/gu, ""));

  const segment = (text) =>
    ascii(text).toLowerCase().replace(/[^a-z0-9_.-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "");

  // What is in the path already, a person wrote or agreed to, unless it is the name's own.
  let follows = path.value === "" || path.value === segment(name.value);

  name.addEventListener("input", () => {
    if (follows) path.value = segment(name.value);
  });
  path.addEventListener("input", () => {
    follows = path.value === "";
  });
})();
