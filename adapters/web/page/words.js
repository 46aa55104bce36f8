// The words of an entry: somebody's own on lines of their own, ours gathered where they are settings of a picture.

import { make } from "./elements.js";
import { labels } from "./page_data.js";
import { momentSpan } from "./times.js";

const LINES_SHOWN = { member: 14, bot: 4 };

/** An entry's lines as blocks. Only a block that changed is drawn anew: what was unfolded stays so. */
export class Words {
  constructor() {
    this.element = make("div", { className: "entry-words" });
    this.drawn = [];
  }

  update(entry) {
    const blocks = blocksOf(entry);
    blocks.forEach((block, index) => {
      const now = JSON.stringify(block);
      if (this.drawn[index] === now) return;
      this.drawn[index] = now;
      const known = this.element.children[index];
      if (known) known.replaceWith(draw(block));
      else this.element.append(draw(block));
    });
    this.drawn.length = blocks.length;
    while (this.element.children.length > blocks.length) this.element.lastElementChild.remove();
  }
}

// Beside a picture or a progress bar our own lines are facts, gathered in one compact line.
function blocksOf({ author, lines, pictures, progress }) {
  const isCompact = author === "bot" && (progress !== null || pictures.length > 0);
  const blocks = [];
  for (const line of lines) {
    const isSomebodys = line.every((piece) => piece.quoted);
    const last = blocks.at(-1);
    if (isSomebodys) blocks.push({ line, linesShown: LINES_SHOWN[author] });
    else if (!isCompact) blocks.push({ line });
    else if (last?.facts) last.facts.push(line);
    else blocks.push({ facts: [line] });
  }
  return blocks;
}

function draw({ facts, line, linesShown }) {
  if (facts) {
    const spans = facts.flatMap((fact) => [make("span", { className: "fact" }, ...pieces(fact)), " "]);
    return make("p", { className: "facts" }, ...spans);
  }
  const paragraph = make("p", { className: "line", dir: "auto" }, ...pieces(line));
  return linesShown ? foldable(paragraph, linesShown) : paragraph;
}

/** All the words of an entry in one text, for an excerpt. */
export function excerpt(entry) {
  const first = entry.lines[0] ?? [];
  return first.map((piece) => piece.text).join("").slice(0, 200) || entry.pictures[0]?.filename || "";
}

function pieces(line) {
  return line.map((piece) => (piece.moment === undefined ? make("span", { textContent: piece.text }) : momentSpan(piece.moment)));
}

function foldable(paragraph, linesShown) {
  paragraph.classList.add("is-clamped");
  paragraph.style.setProperty("--lines", String(linesShown));
  const more = make("button", { type: "button", className: "more", "aria-expanded": "false" }, labels.showAll);
  more.addEventListener("click", () => {
    const isClamped = paragraph.classList.toggle("is-clamped");
    more.textContent = isClamped ? labels.showAll : labels.showLess;
    more.setAttribute("aria-expanded", String(!isClamped));
  });
  unfolding.set(paragraph, more);
  watchWhetherCutOff.observe(paragraph);
  return make("div", { className: "somebodys" }, paragraph);
}

// Whether a text is cut off depends on the width it has, which changes when a phone is turned.
const unfolding = new WeakMap(); // the button of a paragraph that may need one
const watchWhetherCutOff = new ResizeObserver((changes) => {
  for (const { target } of changes) {
    if (!target.classList.contains("is-clamped")) continue;
    const isCutOff = target.scrollHeight > target.clientHeight + 2;
    if (isCutOff) target.after(unfolding.get(target));
    else unfolding.get(target).remove();
  }
});
