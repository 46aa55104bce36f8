// The conversation: its last entries in their order, the newest kept in view; older ones come as one scrolls up.

import { EntryView } from "./entry.js";
import { fetchBefore, fetchEntries } from "./history.js";
import { OutcomeNotice } from "./outcome_notice.js";

const scroller = document.getElementById("log");
const list = document.getElementById("entries");
const newMessages = document.getElementById("new-messages");
const earlier = document.getElementById("earlier");
const AHEAD = "800px"; // older entries are fetched so long before they are scrolled to
const NEAR_THE_END = 60; // pixels
const MOST_QUOTED = 50; // entries that are asked for at once

export class Log {
  /** `on`: as for EntryView, without go. */
  constructor(on) {
    this.on = { ...on, go: (key) => this.#goTo(key) };
    this.views = new Map();
    this.isFollowing = true;
    this.lastTop = 0;
    this.isCatchingUp = true;
    this.hasOlder = false;
    this.older = null; // the fetch of older entries that is under way
    this.changedUnseen = new Map(); // entries that changed, and are older than those shown
    this.quoted = new Map(); // entries that are shown in quotes alone
    this.outcome = new OutcomeNotice(scroller, (key) => this.#goTo(key));
    list.replaceChildren();
    earlier.addEventListener("click", () => this.#showOlder());
    this.earlierNears = new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && this.#showOlder(), {
      root: scroller,
      rootMargin: `${AHEAD} 0px 0px`,
    });
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    newMessages.addEventListener("click", () => {
      this.follow();
      scroller.focus({ preventScroll: true });
    });
    const keepEndInView = new ResizeObserver(() => this.isFollowing && this.#toEnd());
    keepEndInView.observe(list);
    keepEndInView.observe(scroller);
  }

  /** Forget all but what is still on its way: the last entries follow. */
  beginAfresh(hasOlder) {
    this.isCatchingUp = true;
    scroller.setAttribute("aria-busy", "true");
    for (const [key, view] of this.views) {
      if (view.entry.position === undefined) continue;
      this.views.delete(key);
      view.element.remove();
    }
    this.older = null;
    this.changedUnseen.clear();
    this.hasOlder = hasOlder;
    this.isFollowing = true;
    newMessages.hidden = true;
    this.outcome.hide();
    this.#showWhetherOlder();
  }

  /** Add or change an entry. One without a position is still on its way, and stands last. */
  apply(entry) {
    const known = this.views.get(entry.key);
    if (!known && this.hasOlder && entry.position < this.#oldest) {
      this.changedUnseen.set(entry.key, entry);
      return;
    }
    const wasOpen = Boolean(known?.entry.progress);
    const view = this.#view(entry);
    this.#place(view);
    if (wasOpen && !entry.progress) this.outcome.tell(view);
    if (!known && !this.isFollowing && !this.isCatchingUp) newMessages.hidden = false;
    if (this.isCatchingUp) return;
    this.#contexts([view, ...this.#answersTo(entry.key)]);
    this.#fetchQuoted();
  }

  remove(key) {
    const view = this.views.get(key);
    this.quoted.delete(key);
    if (!view) {
      this.changedUnseen.set(key, null);
      return;
    }
    this.views.delete(key);
    if (this.outcome.view === view) this.outcome.hide();
    if (view.element.contains(document.activeElement)) scroller.focus({ preventScroll: true });
    view.element.remove();
    this.#contexts(this.#answersTo(key));
  }

  has(key) {
    return this.views.has(key);
  }

  /** Everything that was said before is here: from now on, news is read out. */
  caughtUp() {
    if (!this.isCatchingUp) return;
    this.isCatchingUp = false;
    this.#contexts(this.views.values());
    this.#toEnd();
    this.#fetchQuoted();
    requestAnimationFrame(() => {
      scroller.setAttribute("aria-busy", "false");
      this.#showWhetherOlder();
    });
  }

  /** Go to the end and stay there. */
  follow() {
    this.isFollowing = true;
    newMessages.hidden = true;
    this.#toEnd();
  }

  /** The position of the first entry that is shown and has one; 0 where there is none. */
  get #oldest() {
    const position = list.firstElementChild ? this.#positionAt(list.firstElementChild) : Infinity;
    return position === Infinity ? 0 : position;
  }

  #view(entry) {
    const known = this.views.get(entry.key);
    if (known) known.update(entry);
    const view = known ?? new EntryView(entry, this.on);
    this.views.set(entry.key, view);
    return view;
  }

  /** Observed anew, the button says whether it is near, also where it was so before. */
  #showWhetherOlder() {
    this.earlierNears.unobserve(earlier);
    earlier.hidden = !this.hasOlder;
    if (this.hasOlder && !this.isCatchingUp) this.earlierNears.observe(earlier);
  }

  /** Fetch the entries before the first. Where that fails, the button tries again. */
  async #showOlder() {
    if (this.older || !this.hasOlder || this.isCatchingUp) return;
    const fetching = fetchBefore(this.#oldest);
    this.older = fetching;
    try {
      const page = await fetching;
      if (this.older === fetching) this.#prepend(page); // else all began afresh meanwhile
    } catch {
      return;
    } finally {
      if (this.older === fetching) this.older = null;
    }
    this.#showWhetherOlder();
  }

  // What one reads stays where it is: the end of the first entry is moved back to its place. (Its beginning may lose the
  // time and the quote, now that others stand above it.) Nobody is told of what is not news.
  #prepend({ entries, hasOlder }) {
    const first = list.firstElementChild;
    const bottom = first?.getBoundingClientRect().bottom;
    const hadFocus = document.activeElement === earlier;
    scroller.setAttribute("aria-live", "off");
    scroller.classList.add("is-prepending");
    const views = entries.map((entry) => this.#earlierView(entry)).filter(Boolean);
    list.prepend(...views.map((view) => view.element));
    this.hasOlder = hasOlder;
    earlier.hidden = !hasOlder;
    const answers = views.flatMap((view) => this.#answersTo(view.entry.key));
    this.#contexts([...views, ...answers, this.views.get(first?.dataset.key)].filter(Boolean));
    if (first) scroller.scrollTop += first.getBoundingClientRect().bottom - bottom;
    this.lastTop = scroller.scrollTop;
    if (hadFocus) views.at(-1)?.element.focus({ preventScroll: true });
    this.#fetchQuoted();
    requestAnimationFrame(() => requestAnimationFrame(() => {
      scroller.setAttribute("aria-live", "polite");
      scroller.classList.remove("is-prepending");
    }));
  }

  /** The view of an older entry as it is now; null if it was taken away, or is shown already. */
  #earlierView(entry) {
    const changed = this.changedUnseen.get(entry.key);
    this.changedUnseen.delete(entry.key);
    if (changed === null || this.views.has(entry.key)) return null;
    const view = this.#view(changed?.revision > entry.revision ? changed : entry);
    view.element.classList.add("is-earlier");
    return view;
  }

  /** Fetch what is answered and not shown, for the quotes. */
  async #fetchQuoted() {
    const answered = [...this.views.values()].map((view) => view.entry.replyTo).filter(Boolean);
    const missing = [...new Set(answered)].filter((key) => !this.views.has(key) && !this.quoted.has(key)).slice(0, MOST_QUOTED);
    if (!missing.length) return;
    for (const key of missing) this.quoted.set(key, undefined); // asked for once
    try {
      for (const entry of await fetchEntries(missing)) this.quoted.set(entry.key, entry);
    } catch {
      for (const key of missing) this.quoted.delete(key);
      return;
    }
    this.#contexts(missing.flatMap((key) => this.#answersTo(key)));
  }

  #place(view) {
    const position = positionOf(view);
    let next = view.element.isConnected ? view.element.nextElementSibling : null;
    let before = view.element.isConnected ? view.element.previousElementSibling : list.lastElementChild;
    const fits = (!before || this.#positionAt(before) <= position) && (!next || this.#positionAt(next) >= position);
    if (view.element.isConnected && fits) return;
    for (before = list.lastElementChild, next = null; before; before = before.previousElementSibling) {
      if (before !== view.element && this.#positionAt(before) <= position) break;
      if (before !== view.element) next = before;
    }
    list.insertBefore(view.element, next);
  }

  #positionAt(element) {
    return positionOf(this.views.get(element.dataset.key));
  }

  #answersTo(key) {
    return [...this.views.values()].filter((view) => view.entry.replyTo === key);
  }

  #contexts(views) {
    for (const view of views) {
      const above = this.views.get(view.element.previousElementSibling?.dataset.key);
      const { replyTo } = view.entry;
      view.updateContext(this.views.get(replyTo)?.entry ?? this.quoted.get(replyTo), above?.entry);
    }
  }

  async #goTo(key) {
    while (!this.views.has(key) && this.hasOlder && !this.older) {
      const oldest = this.#oldest;
      await this.#showOlder();
      if (this.#oldest === oldest) break; // not reached
    }
    const element = this.views.get(key)?.element;
    if (!element) return;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.scrollIntoView({ block: "center", behavior: isCalm ? "auto" : "smooth" });
    element.classList.add("is-found");
    setTimeout(() => element.classList.remove("is-found"), 1600);
  }

  // News may have come between a scroll and its event, so being far from the end does not mean that somebody went up.
  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = scroller;
    if (scrollHeight - scrollTop - clientHeight < NEAR_THE_END) {
      this.isFollowing = true;
      newMessages.hidden = true;
    } else if (scrollTop < this.lastTop) {
      this.isFollowing = false;
    }
    this.lastTop = scrollTop;
  }

  #toEnd() {
    scroller.scrollTop = scroller.scrollHeight;
  }
}

function positionOf(view) {
  return view.entry.position ?? Infinity;
}
