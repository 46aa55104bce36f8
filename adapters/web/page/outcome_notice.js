// A button that says that an outcome is there, somewhere out of sight, and leads to it.

import { labels } from "./page_data.js";

const button = document.getElementById("outcome");
const words = button.querySelector("span");

export class OutcomeNotice {
  /** `scroller`: what the entries are seen through; `go(key)`: bring one into view. */
  constructor(scroller, go) {
    this.scroller = scroller;
    this.view = null;
    button.addEventListener("click", () => {
      const { key } = this.view.entry;
      this.hide();
      go(key);
    });
    this.seeing = new IntersectionObserver((changes) => {
      if (changes.at(-1).isIntersecting) this.hide();
    }, { root: scroller });
  }

  /** What a request came to is in a view: its status has become the outcome. */
  tell(view) {
    if (this.#sees(view)) return;
    this.hide();
    this.view = view;
    words.textContent = view.entry.pictures.length ? labels.pictureReady : labels.requestOver;
    const isAbove = view.element.getBoundingClientRect().top < this.scroller.getBoundingClientRect().top;
    button.classList.toggle("is-above", isAbove);
    button.hidden = false;
    this.seeing.observe(view.element);
  }

  hide() {
    button.hidden = true;
    this.seeing.disconnect();
    this.view = null;
  }

  #sees({ element }) {
    const [seen, through] = [element, this.scroller].map((one) => one.getBoundingClientRect());
    return seen.bottom > through.top && seen.top < through.bottom;
  }
}
