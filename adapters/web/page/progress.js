// A bar that moves between the updates it is given, and is never full before the picture is there.

import { make } from "./elements.js";
import { labels } from "./page_data.js";

const STEP = 300; // milliseconds; the style sheet moves the bar smoothly for as long
const NEARLY = 0.9; // of the bar, when the expected time is over

const moving = new Set();
let timer = 0;

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
  }

  /** `progress`: {phase, elapsedSeconds, expectedSeconds}. */
  update(progress) {
    this.progress = progress;
    this.since = performance.now();
    const isWaiting = progress.phase === "waiting";
    this.element.classList.toggle("is-waiting", isWaiting);
    if (isWaiting) {
      this.element.removeAttribute("aria-valuenow");
      this.stop();
    } else {
      this.#move();
      start(this);
    }
  }

  stop() {
    moving.delete(this);
    if (moving.size === 0) clearInterval(timer);
  }

  tick() {
    if (this.element.isConnected) this.#move();
    else this.stop();
  }

  #move() {
    const { phase, elapsedSeconds, expectedSeconds } = this.progress;
    const elapsed = elapsedSeconds + (performance.now() - this.since) / 1000;
    const now = share(elapsed, expectedSeconds);
    this.shown = Math.max(this.shown, now); // seconds are told whole, so an update can seem a step back
    this.done.style.transform = `scaleX(${this.shown.toFixed(4)})`;
    this.element.setAttribute("aria-valuenow", String(Math.floor(this.shown * 100)));
  }
}

function start(bar) {
  if (moving.size === 0) timer = setInterval(() => moving.forEach((one) => one.tick()), STEP);
  moving.add(bar);
}
