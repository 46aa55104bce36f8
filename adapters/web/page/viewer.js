// A picture seen whole, with the way to its original.

import { language } from "./page_data.js";

const dialog = document.getElementById("viewer");
const image = dialog.querySelector(".viewer-picture");
const facts = dialog.querySelector(".viewer-facts");
const openLink = dialog.querySelector("[data-link=open]");
const downloadLink = dialog.querySelector("[data-link=download]");
const turns = dialog.querySelectorAll(".viewer-turn");
const megabytes = new Intl.NumberFormat(language, { maximumFractionDigits: 1, style: "unit", unit: "megabyte" });
const kilobytes = new Intl.NumberFormat(language, { maximumFractionDigits: 0, style: "unit", unit: "kilobyte" });

let pictures = [];
let index = 0;

/** Show one of several pictures. Focus goes back to where it was when the dialog closes. */
export function showPicture(all, first) {
  pictures = all;
  for (const turn of turns) turn.hidden = all.length < 2;
  turnTo(first);
  dialog.showModal();
  dialog.querySelector(".viewer-close").focus();
}

function turnTo(next) {
  index = (next + pictures.length) % pictures.length;
  const { url, width, height, bytes, description, filename } = pictures[index];
  const original = pictures[index].original ?? url;
  image.src = url;
  image.alt = description;
  facts.textContent = bytes ? `${width} × ${height} · ${sizeInWords(bytes)}` : `${width} × ${height}`;
  openLink.href = original;
  downloadLink.href = bytes ? `${original}?download=${encodeURIComponent(filename)}` : original;
  downloadLink.download = filename;
}

function sizeInWords(bytes) {
  return bytes < 1e6 ? kilobytes.format(bytes / 1e3) : megabytes.format(bytes / 1e6);
}

dialog.querySelector(".viewer-close").addEventListener("click", () => dialog.close());
dialog.querySelector(".viewer-stage").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => image.removeAttribute("src"));
for (const turn of turns) {
  turn.addEventListener("click", (event) => {
    event.stopPropagation();
    turnTo(index + Number(turn.dataset.turn));
  });
}
dialog.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step && pictures.length > 1) turnTo(index + step);
});
