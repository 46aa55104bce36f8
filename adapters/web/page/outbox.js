// What goes to the server: sent again with the same key until it is taken, so that nothing is lost or done twice.

const DELAYS = [1000, 2000, 4000, 8000, 15_000, 30_000]; // milliseconds between attempts
const PATIENCE = 120_000; // milliseconds for one attempt; files may be large
const STORED = "plantain-outbox";

/** The server will not take this, however often it is sent. */
class Refused extends Error {}

let wakeWaiting = () => {};

/** The connection is back: try at once what waits for its next attempt. */
export function connectionIsBack() {
  wakeWaiting();
}

/** Post until it is taken. Throws when the server refuses it or every attempt failed. */
async function deliver(path, makeBody, headers = {}) {
  for (const delay of [...DELAYS, null]) {
    try {
      const answer = await fetch(path, { method: "POST", body: makeBody(), headers, signal: AbortSignal.timeout(PATIENCE) });
      if (answer.ok) return;
      if (answer.status === 401) location.reload(); // the door says what to do
      if (answer.status < 500) throw new Refused(answer.status);
    } catch (fault) {
      if (fault instanceof Refused) throw fault;
    }
    if (delay !== null) await pause(delay);
  }
  throw new Error("no attempt succeeded");
}

function pause(milliseconds) {
  return new Promise((resolve) => {
    const before = wakeWaiting;
    const timer = setTimeout(resolve, milliseconds);
    wakeWaiting = () => {
      wakeWaiting = () => {};
      clearTimeout(timer);
      before();
      resolve();
    };
  });
}

/** Send a press of an action; the same key at every attempt. */
export function sendPress({ key, token, message }) {
  return deliver("/presses", () => JSON.stringify({ key, token, message }), { "Content-Type": "application/json" });
}

/** Messages on their way, one after the other; those without files survive a reload. */
export class Outbox {
  /** `on`: sending(message), failed(message); a message that was taken comes back as an entry of the conversation. */
  constructor(on) {
    this.on = on;
    this.last = Promise.resolve();
    this.waiting = JSON.parse(sessionStorage.getItem(STORED) ?? "[]");
  }

  /** Send what a reload interrupted. */
  resume() {
    for (const message of [...this.waiting]) this.send({ ...message, attachments: [] });
  }

  /** `message`: {key, text, replyTo, attachments: [{file}]}. */
  send(message) {
    this.#remember(message);
    this.on.sending(message);
    this.last = this.last.then(() => this.#deliver(message));
  }

  /** The member gives a failed message up. */
  discard(key) {
    this.#forget(key);
  }

  async #deliver(message) {
    try {
      await deliver("/messages", () => form(message));
      this.#forget(message.key);
    } catch {
      this.on.failed(message);
    }
  }

  #remember({ key, text, replyTo, attachments }) {
    if (attachments.length || this.waiting.some((message) => message.key === key)) return;
    this.waiting.push({ key, text, replyTo });
    this.#store();
  }

  #forget(key) {
    this.waiting = this.waiting.filter((message) => message.key !== key);
    this.#store();
  }

  #store() {
    try {
      sessionStorage.setItem(STORED, JSON.stringify(this.waiting));
    } catch {
      // The storage is full: a reload would lose this message, and nothing else changes.
    }
  }
}

function form({ key, text, replyTo, attachments }) {
  const body = new FormData();
  body.append("key", key);
  body.append("text", text);
  if (replyTo) body.append("reply_to", replyTo);
  // A control character in a name would break the header that carries it.
  for (const { file } of attachments) body.append("file", file, file.name.replace(/[\x00-\x1f\x7f]/g, "_"));
  return body;
}
