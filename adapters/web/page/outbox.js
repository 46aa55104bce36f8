// What goes to the server: sent again with the same key until it is taken, so that nothing is lost or done twice.

const DELAYS = [1000, 2000, 4000, 8000, 15_000, 30_000]; // milliseconds between attempts
const PATIENCE = 120_000; // milliseconds for one attempt; files may be large
const MOST_WORDS = 300; // characters of what the server says about a failed attempt
const STORED = "plantain-outbox";

/** The server will not take this, however often it is sent. */
class Refused extends Error {}

let wakeWaiting = () => {};

/** The connection is back: try at once what waits for its next attempt. */
export function connectionIsBack() {
  wakeWaiting();
}

/**
 * Post until it is taken. Throws when the server refuses it or every attempt failed. `failed(words)` is told of every
 * attempt that failed, with what the server says about it, or "".
 */
async function deliver(path, makeBody, headers = {}, failed = () => {}) {
  for (const delay of [...DELAYS, null]) {
    let words = "";
    try {
      const answer = await fetch(path, { method: "POST", body: makeBody(), headers, signal: AbortSignal.timeout(PATIENCE) });
      if (answer.ok) return;
      if (answer.status === 401) location.reload(); // the door says what to do
      if (answer.status < 500) throw new Refused(answer.status);
      if (answer.status === 503) words = await answer.text(); // by a proxy perhaps: it is only ever shown as text
    } catch (fault) {
      if (fault instanceof Refused) throw fault;
    }
    failed(words.slice(0, MOST_WORDS));
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

/** Send a press of an action; the same key at every attempt. `failed(words)`: as for `deliver`. */
export function sendPress({ key, token, message }, failed) {
  const headers = { "Content-Type": "application/json" };
  return deliver("/presses", () => JSON.stringify({ key, token, message }), headers, failed);
}

/** Messages on their way, one after the other; those without files survive a reload. */
export class Outbox {
  /** `on`: sending(message, words), failed(message, words): with what the server said about the last attempt, or ""; a message that was taken comes back as an entry of the conversation. */
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
    this.on.sending(message, "");
    this.last = this.last.then(() => this.#deliver(message));
  }

  /** The member gives a failed message up. */
  discard(key) {
    this.#forget(key);
  }

  async #deliver(message) {
    let said = "";
    const failed = (words) => {
      said = words;
      this.on.sending(message, words);
    };
    try {
      await deliver("/messages", () => form(message), {}, failed);
      this.#forget(message.key);
    } catch {
      this.on.failed(message, said);
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
