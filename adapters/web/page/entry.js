// One entry of the conversation, drawn in parts: a part is drawn anew only when it changed, so that focus stays.

import { icon, make, newKey } from "./elements.js";
import { sendPress } from "./outbox.js";
import { botName, labels } from "./page_data.js";
import { pictureBlock } from "./pictures.js";
import { ProgressBar } from "./progress.js";
import { inFull, timeBlock } from "./times.js";
import { showPicture } from "./viewer.js";
import { excerpt, Words } from "./words.js";

const PAUSE = 10 * 60_000; // milliseconds; after so long a silence the time is shown

const CARD_ORDER = ["quote", "pictures", "words", "progress", "actions"];

export class EntryView {
  /** `on`: reply(entry, words), sendAgain(key), discard(key), go(key), pressWaits(words), pressFailed(). */
  constructor(entry, on) {
    this.on = on;
    this.drawn = {};
    this.words = new Words();
    this.parts = { words: this.words.element };
    this.card = make("div", { className: "entry-card" }, this.words.element);
    this.foot = make("p", { className: "entry-foot", role: "status" });
    this.element = make("article", { className: `entry is-${entry.author}`, tabIndex: -1 }, this.card, this.foot);
    this.element.dataset.key = entry.key;
    this.element.setAttribute("aria-label", entry.author === "bot" ? botName : labels.you);
    this.update(entry);
  }

  /**
   * Draw what changed. `entry.state`: "sending" or "failed" for a message the server does not have yet; `entry.reason`:
   * what it said about that, or "".
   */
  update(entry) {
    this.entry = entry;
    const { classList } = this.element;
    classList.toggle("has-pictures", entry.pictures.length > 0);
    classList.toggle("has-progress", entry.progress !== null);
    classList.toggle("is-sending", entry.state === "sending");
    classList.toggle("is-failed", entry.state === "failed");
    // A status line that moves every second would be read out every second.
    if (entry.progress) this.element.setAttribute("aria-live", "off");
    else this.element.removeAttribute("aria-live");
    this.#draw("pictures", entry.pictures, () => this.#pictures());
    this.words.update(entry);
    this.#progress();
    this.#draw("actions", [entry.actions, entry.pictures.length > 0, entry.state], () => this.#actions());
    const state = { sending: labels.sending, failed: labels.notSent }[entry.state];
    this.foot.textContent = [entry.reason, state].filter(Boolean).join(" ");
    this.card.title = inFull(entry.at);
  }

  /** Show what this entry answers, unless that stands right above; and the time, if `above` was said long before. */
  updateContext(replied, above) {
    const isPlain = this.entry.author === "bot" && above?.key === this.entry.replyTo;
    const shown = replied && !isPlain ? replied : null;
    const isLater = !above || this.entry.at - above.at > PAUSE;
    this.#draw("time", isLater && this.entry.at, () => (isLater ? timeBlock(this.entry.at) : null));
    this.#draw("quote", shown && [excerpt(shown), shown.pictures[0]?.url], () => (shown ? this.#quote(shown) : null));
  }

  #draw(name, content, build) {
    const now = JSON.stringify(content);
    if (this.drawn[name] === now) return;
    this.drawn[name] = now;
    this.#place(name, build());
  }

  #place(name, element) {
    const hadFocus = this.parts[name]?.contains(document.activeElement);
    this.parts[name]?.remove();
    this.parts[name] = element;
    if (element) this.#insert(name, element);
    if (hadFocus) (element?.querySelector("button") ?? this.element).focus({ preventScroll: true });
  }

  #insert(name, element) {
    if (name === "time") this.element.prepend(element);
    else if (name === "actions" && this.entry.author === "member") this.element.append(element);
    else {
      const later = CARD_ORDER.slice(CARD_ORDER.indexOf(name) + 1).map((part) => this.parts[part]);
      this.card.insertBefore(element, later.find((part) => part?.parentNode === this.card) ?? null);
    }
  }

  #pictures() {
    return this.entry.pictures.length ? pictureBlock(this.entry.pictures, showPicture) : null;
  }

  #progress() {
    if (this.entry.progress === null) {
      this.bar?.stop();
      this.bar = null;
      this.#place("progress", null);
      return;
    }
    if (!this.bar) {
      this.bar = new ProgressBar();
      this.#place("progress", this.bar.element);
    }
    const now = JSON.stringify(this.entry.progress);
    if (this.drawn.progress !== now) this.bar.update(this.entry.progress);
    this.drawn.progress = now;
  }

  #actions() {
    const { entry } = this;
    const buttons = entry.actions.map((action) => this.#action(action));
    if (entry.pictures.length && !entry.state) {
      buttons.push(button("reply", labels.reply, "is-quiet", () => this.on.reply(entry, "")));
    }
    if (entry.state === "failed") {
      buttons.push(button("retry", labels.sendAgain, "", () => this.on.sendAgain(entry.key)));
      buttons.push(button("cancel", labels.discard, "is-quiet", () => this.on.discard(entry.key)));
    }
    return buttons.length ? make("div", { className: "actions" }, ...buttons) : null;
  }

  #action({ token, verb, label, needsWords, number }) {
    const words = number ? `/${verb} #${number} ` : `/${verb} `;
    const pressed = needsWords ? () => this.on.reply(this.entry, words, number) : (event) => this.#press(event.currentTarget, token);
    const element = button(verb, label, "", pressed);
    element.dataset.verb = verb;
    return element;
  }

  async #press(element, token) {
    if (element.getAttribute("aria-disabled") === "true") return;
    element.setAttribute("aria-disabled", "true"); // not `disabled`: that would take the focus away
    let isTold = false;
    const failed = (words) => {
      isTold ||= words !== "";
      if (words) this.on.pressWaits(words);
    };
    try {
      await sendPress({ key: newKey(), token, message: this.entry.key }, failed);
      if (isTold) this.on.pressWaits("");
    } catch {
      this.on.pressFailed();
    } finally {
      element.removeAttribute("aria-disabled");
    }
  }

  #quote(replied) {
    const picture = replied.pictures[0];
    const image = picture ? [make("img", { src: picture.url, alt: "", loading: "lazy" })] : [];
    const words = make("span", { textContent: excerpt(replied) });
    return make("button", { type: "button", className: "quote", onclick: () => this.on.go(replied.key) }, ...image, words);
  }
}

function button(iconName, label, className, onclick) {
  return make("button", { type: "button", className: `action ${className}`, onclick }, icon(iconName), label);
}
