// The server's clock: what it says passes here too, however wrong the clock of this computer is.

let ahead = 0; // milliseconds that the server's clock is ahead of ours

/** The server has told its time, milliseconds since 1970 UTC. */
export function setServerTime(milliseconds) {
  ahead = milliseconds - Date.now();
}

/** The server's time now. */
export function serverNow() {
  return Date.now() + ahead;
}
