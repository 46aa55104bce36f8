// When something was said, in the way the browser's owner writes times.

import { make } from "./elements.js";

const clock = new Intl.DateTimeFormat(navigator.language, { hour: "2-digit", minute: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat(navigator.language, { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(navigator.language, { dateStyle: "full", timeStyle: "short" });

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
