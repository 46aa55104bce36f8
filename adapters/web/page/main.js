// The page, put together.

import { Composer } from "./composer.js";
import { follow } from "./live.js";
import { Log } from "./log.js";
import { Outbox, connectionIsBack } from "./outbox.js";
import { labels } from "./page_data.js";

const connection = document.getElementById("connection");
const balance = document.getElementById("balance");

const unsent = new Map(); // messages the server does not show yet, by the key of their entry

const log = new Log({
  reply: (entry, words, number) => composer.reply(entry, words, number),
  sendAgain: (key) => outbox.send(unsent.get(key)),
  discard: (key) => discard(key),
  pressWaits: (words) => composer.notice(words),
  pressFailed: () => composer.notice(labels.notSent),
});

const outbox = new Outbox({
  sending: (message, reason) => showUnsent(message, "sending", reason),
  failed: (message, reason) => showUnsent(message, "failed", reason),
});

const composer = new Composer((message) => {
  outbox.send(message);
  log.follow();
});

function showUnsent(message, state, reason) {
  const key = `m:${message.key}`; // as the server names the entry of a message
  if (log.has(key) && !unsent.has(key)) return; // it arrived after all
  unsent.set(key, message);
  const unseen = message.attachments.filter(({ width }) => !width).map(({ file }) => file.name);
  log.apply({
    key,
    author: "member",
    at: Date.now(),
    lines: [message.text, ...unseen].filter(Boolean).map((text) => [{ text, quoted: true }]),
    pictures: message.attachments.filter(({ width }) => width).map(pictureOf),
    actions: [],
    progress: null,
    replyTo: message.replyTo,
    creditsLeft: null,
    state,
    reason,
  });
}

function pictureOf({ file, url, width, height }) {
  return { url, width, height, bytes: 0, description: file.name, filename: file.name, mime: file.type };
}

function settled(key) {
  for (const { url } of unsent.get(key)?.attachments ?? []) URL.revokeObjectURL(url);
  unsent.delete(key);
}

function discard(key) {
  outbox.discard(unsent.get(key).key);
  settled(key);
  log.remove(key);
}

function showState(state) {
  if (connection.dataset.state === state) return;
  connection.dataset.state = state;
  connection.firstElementChild.textContent = labels[state];
  if (state === "connected") connectionIsBack();
}

let balanceRevision = 0; // entries do not come in the order of their changes where they come afresh

function showCredits(credits, revision) {
  if (credits === null || revision < balanceRevision) return;
  balanceRevision = revision;
  balance.hidden = false;
  balance.querySelector(".balance-amount").textContent = credits.toLocaleString(document.documentElement.lang);
}

follow({
  afresh({ hasOlder, creditsLeft, revision }) {
    log.beginAfresh(hasOlder);
    balanceRevision = 0;
    showCredits(creditsLeft, revision);
  },
  entry(entry) {
    log.apply(entry);
    settled(entry.key);
    showCredits(entry.creditsLeft, entry.revision);
  },
  gone(key) {
    log.remove(key);
    composer.forget(key);
  },
  caughtUp: () => log.caughtUp(),
  state: showState,
});

outbox.resume();
