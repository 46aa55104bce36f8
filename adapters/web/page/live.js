// The event stream. The browser reconnects by itself; we do where it gives up, and rest while nobody looks.

import { setServerTime } from "./server_time.js";

const RETRY_AFTER = 3000; // milliseconds
const REST_AFTER = 30_000; // milliseconds; a browser has six connections for all tabs together, so a hidden one lets go

/**
 * Follow the conversation. `on`: entry(entry), gone(key), caughtUp(), state("connecting" | "connected" | "lost") and
 * afresh({hasOlder, creditsLeft, revision}): the last entries follow, whatever was there before.
 */
export function follow(on) {
  let source = null;
  let revision = 0;
  let resting = 0;
  let retrying = 0;

  function open() {
    clearTimeout(retrying);
    source?.close();
    source = new EventSource(`/events?after=${revision}`);
    source.addEventListener("open", () => on.state("connected"));
    source.addEventListener("error", lost);
    source.addEventListener("afresh", (event) => on.afresh(timed(JSON.parse(event.data))));
    source.addEventListener("caught-up", (event) => take(event, (data) => on.caughtUp(timed(data))));
    source.addEventListener("entry", (event) => take(event, on.entry));
    source.addEventListener("gone", (event) => take(event, (entry) => on.gone(entry.key)));
  }

  function timed(data) {
    setServerTime(data.serverMilliseconds);
    return data;
  }

  function take(event, apply) {
    revision = Number(event.lastEventId);
    apply(JSON.parse(event.data));
  }

  async function lost() {
    on.state("lost");
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(retrying);
    retrying = setTimeout(open, RETRY_AFTER);
    if (await isLockedOut()) location.reload(); // the door says what to do
  }

  function visibilityChanged() {
    clearTimeout(resting);
    if (document.hidden) {
      resting = setTimeout(() => {
        clearTimeout(retrying);
        source.close();
        source = null;
      }, REST_AFTER);
    } else if (source === null) {
      on.state("connecting");
      open();
    }
  }

  document.addEventListener("visibilitychange", visibilityChanged);
  open();
}

async function isLockedOut() {
  try {
    return (await fetch("/", { method: "HEAD", cache: "no-store" })).status === 401;
  } catch {
    return false;
  }
}
