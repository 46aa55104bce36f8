// The server's clock: what it says passes here too, however wrong the clock of this computer is.

const MOST_LATE = 5000; // milliseconds that news may be on its way; a larger difference means that a clock was set

let ahead = null; // milliseconds that the server's clock is ahead of ours

/** The server has told its time, milliseconds since 1970 UTC. What came fastest is the nearest to the truth. */
export function setServerTime(milliseconds) {
  const seen = milliseconds - Date.now();
  if (ahead === null || seen > ahead || ahead - seen > MOST_LATE) ahead = seen;
}

/** The server's time now. */
export function serverNow() {
  return Date.now() + (ahead ?? 0);
}
