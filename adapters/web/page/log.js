// The conversation: its entries in their order, the newest kept in view.

import { EntryView } from "./entry.js";

const scroller = document.getElementById("log");
const list = document.getElementById("entries");
const newMessages = document.getElementById("new-messages");
const NEAR_THE_END = 60; // pixels

export class Log {
  /** `on`: as for EntryView, without go. */
  constructor(on) {
    this.on = { ...on, go: (key) => this.#goTo(key) };
    this.views = new Map();
    this.isFollowing = true;
    this.lastTop = 0;
    list.replaceChildren();
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    newMessages.addEventListener("click", () => {
      this.follow();
      scroller.focus({ preventScroll: true });
    });
    const keepEndInView = new ResizeObserver(() => this.isFollowing && this.#toEnd());
    keepEndInView.observe(list);
    keepEndInView.observe(scroller);
  }

  /** Add or change an entry. One without a position is still on its way, and stands last. */
  apply(entry) {
    const known = this.views.get(entry.key);
    if (known) known.update(entry);
    const view = known ?? new EntryView(entry, this.on);
    this.views.set(entry.key, view);
    this.#place(view);
    if (!known && !this.isFollowing && !this.#isBusy) newMessages.hidden = false;
    if (!this.#isBusy) this.#contexts([view, ...this.#answersTo(entry.key)]);
  }

  remove(key) {
    const view = this.views.get(key);
    if (!view) return;
    this.views.delete(key);
    if (view.element.contains(document.activeElement)) scroller.focus({ preventScroll: true });
    view.element.remove();
    this.#contexts(this.#answersTo(key));
  }

  has(key) {
    return this.views.has(key);
  }

  /** Everything that was said before is here: from now on, news is read out. */
  caughtUp() {
    if (!this.#isBusy) return;
    this.#contexts(this.views.values());
    this.#toEnd();
    requestAnimationFrame(() => scroller.setAttribute("aria-busy", "false"));
  }

  /** Go to the end and stay there. */
  follow() {
    this.isFollowing = true;
    newMessages.hidden = true;
    this.#toEnd();
  }

  get #isBusy() {
    return scroller.getAttribute("aria-busy") === "true";
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
      view.updateContext(this.views.get(view.entry.replyTo)?.entry, above?.entry);
    }
  }

  #goTo(key) {
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
