// When something was said, in the way the browser's user writes times; and how long ago, or ahead, something is.

import { make } from "./elements.js";
import { language } from "./page_data.js";
import { serverNow } from "./server_time.js";
import { tick } from "./ticking.js";

const clock = new Intl.DateTimeFormat(navigator.language, { hour: "2-digit", minute: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat(navigator.language, { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(navigator.language, { dateStyle: "full", timeStyle: "short" });

const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const UNITS = [["second", 1, 90], ["minute", 60, 90], ["hour", 3600, 36], ["day", 86_400, Infinity]]; // seconds, how many

/** How long ago, or ahead, an instant is: "12 seconds ago", "in 3 minutes". */
export function fromNow(at) {
  const away = (at - serverNow()) / 1000;
  const [unit, length] = UNITS.find(([, size, most]) => Math.abs(away) < size * most);
  return relative.format(unit === "second" ? Math.trunc(away) : Math.round(away / length), unit);
}

/** An instant within a sentence: it counts by itself. It is not read out each time. */
export function momentSpan(at) {
  const date = new Date(at);
  const element = make("time", { className: "moment", dateTime: date.toISOString(), title: full.format(date), "aria-live": "off" });
  const draw = () => {
    const words = fromNow(at);
    if (element.textContent !== words) element.textContent = words;
  };
  draw();
  tick(element, draw);
  return element;
}

/** The whole date. `at`: milliseconds since 1970 UTC. */
export function inFull(at) {
  return full.format(at);
}

/** A time to stand between two messages; with its day unless that is today. */
export function timeBlock(at) {
  const when = new Date(at);
  const isToday = when.toDateString() === new Date().toDateString();
  const words = (isToday ? clock : dayAndClock).format(when);
  return make("time", { className: "entry-time", dateTime: when.toISOString(), textContent: words });
}
