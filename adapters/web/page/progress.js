// A bar that moves by itself, and is never full before the picture is there.

import { make } from "./elements.js";
import { labels, language } from "./page_data.js";
import { serverNow } from "./server_time.js";
import { tick } from "./ticking.js";

const NEARLY = 0.9; // of the bar, when the expected time is over

const seconds = new Intl.NumberFormat(language, { style: "unit", unit: "second", unitDisplay: "long" });

/** How much of the bar is filled: most of it within the expected time, then ever slower. */
export function share(elapsed, expected) {
  const over = elapsed / Math.max(1, expected);
  return over <= 1 ? NEARLY * over : NEARLY + (1 - NEARLY) * 0.8 * (1 - Math.exp(1 - over));
}

export class ProgressBar {
  constructor() {
    this.done = make("div", { className: "progress-done" });
    this.element = make("div", { className: "progress", role: "progressbar", "aria-label": labels.progress }, this.done);
    this.element.setAttribute("aria-valuemin", "0");
    this.element.setAttribute("aria-valuemax", "100");
    this.shown = 0;
    this.stop = () => {};
  }

  /** `progress`: {phase, sinceMilliseconds, expectedSeconds}. */
  update(progress) {
    this.stop();
    if (progress.sinceMilliseconds !== this.progress?.sinceMilliseconds) this.shown = 0;
    this.progress = progress;
    const isWaiting = progress.phase === "waiting";
    this.element.classList.toggle("is-waiting", isWaiting);
    if (isWaiting) {
      this.element.removeAttribute("aria-valuenow");
      this.element.removeAttribute("aria-valuetext");
      this.done.style.transform = "";
    } else {
      this.#move();
      this.stop = tick(this.element, () => this.#move());
    }
  }

  #move() {
    const { sinceMilliseconds, expectedSeconds } = this.progress;
    const elapsed = Math.max(0, serverNow() - (sinceMilliseconds ?? serverNow())) / 1000; // the first entries lack it
    this.shown = Math.max(this.shown, share(elapsed, expectedSeconds)); // what is expected can grow
    this.done.style.transform = `scaleX(${this.shown.toFixed(4)})`;
    this.element.setAttribute("aria-valuenow", String(Math.floor(this.shown * 100)));
    this.element.setAttribute("aria-valuetext", `${seconds.format(Math.floor(elapsed))} / ${seconds.format(expectedSeconds)}`);
  }
}
