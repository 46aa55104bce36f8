// Where the member writes: the words, what they answer, the files that go along.

import { Attachments } from "./attachments.js";
import { icon, make, newKey } from "./elements.js";
import { labels } from "./page_data.js";
import { Suggestions } from "./suggestions.js";
import { excerpt } from "./words.js";

const form = document.getElementById("composer");
const textarea = document.getElementById("words");
const send = document.getElementById("send");
const chips = document.getElementById("chips");
const notice = document.getElementById("notice");

export class Composer {
  /** `onSend(message)`: {key, text, replyTo, attachments}. */
  constructor(onSend) {
    this.onSend = onSend;
    this.replyTo = null;
    this.replyNumber = null;
    this.suggestions = new Suggestions(textarea);
    this.attachments = new Attachments({ change: () => this.#filesChanged(), notice: (words) => this.notice(words) });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    textarea.addEventListener("input", () => this.#draw());
    textarea.addEventListener("keydown", (event) => this.#key(event));
    window.addEventListener("resize", () => this.#grow());
    this.#draw();
    if (matchMedia("(pointer: fine)").matches) textarea.focus();
  }

  /** Begin a reply; `words` is what it starts with, such as a command; `number` is that of the picture it is about. */
  reply(entry, words, number = null) {
    this.replyTo = entry;
    this.replyNumber = number;
    textarea.value = textarea.value.replace(/^[/／]\w+\s+(#\d+\s+)*/, ""); // of a reply that was begun before
    if (words && !textarea.value.startsWith(words)) textarea.value = words + textarea.value;
    this.#draw();
    textarea.focus();
    textarea.setSelectionRange(textarea.value.length, textarea.value.length);
  }

  /** The entry that is being answered was taken away. */
  forget(key) {
    if (this.replyTo?.key === key) this.#dropReply();
  }

  /** A sentence above the field; none for an empty one. */
  notice(words) {
    notice.textContent = words;
    notice.hidden = !words;
  }

  #send() {
    const text = textarea.value.trim();
    if (!text && !this.attachments.all.length) return;
    const message = { key: newKey(), text, replyTo: this.replyTo?.key ?? null, attachments: this.attachments.take() };
    textarea.value = "";
    this.replyTo = null;
    this.replyNumber = null;
    this.suggestions.close();
    this.notice("");
    this.#draw();
    textarea.focus();
    this.onSend(message);
  }

  #key(event) {
    if (event.isComposing || event.keyCode === 229) return; // an input method is choosing its characters
    if (this.suggestions.takesKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "Escape" && this.replyTo) {
      this.#dropReply();
    }
  }

  #filesChanged() {
    this.#draw();
    textarea.focus({ preventScroll: true });
  }

  #dropReply() {
    this.replyTo = null;
    if (/^[/／]\w+(\s+#\d+)*\s*$/.test(textarea.value)) textarea.value = ""; // the command that the reply began with
    this.#draw();
    textarea.focus();
  }

  #draw() {
    const all = [...(this.replyTo ? [this.#replyChip()] : []), ...this.attachments.chips()];
    chips.replaceChildren(...all);
    chips.hidden = !all.length;
    const isEmpty = !textarea.value.trim() && !this.attachments.all.length;
    send.setAttribute("aria-disabled", String(isEmpty));
    this.#grow();
  }

  #replyChip() {
    const { pictures } = this.replyTo;
    const picture = pictures.find(({ number }) => number === this.replyNumber) ?? pictures[0];
    const thumbnail = picture ? [make("img", { className: "chip-thumbnail", src: picture.url, alt: "" })] : [];
    const words = make("div", { className: "chip-words" });
    words.append(make("strong", { textContent: labels.replyingTo }), make("span", { textContent: excerpt(this.replyTo) }));
    const label = { title: labels.dropReply, "aria-label": labels.dropReply };
    const drop = make("button", { type: "button", className: "round", ...label }, icon("cross"));
    drop.addEventListener("click", () => this.#dropReply());
    return make("div", { className: "chip is-reply" }, ...thumbnail, words, drop);
  }

  #grow() {
    textarea.style.height = "auto";
    textarea.style.height = `${textarea.scrollHeight}px`;
  }
}
