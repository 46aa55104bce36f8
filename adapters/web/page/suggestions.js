// What can be typed next: commands after a slash, settings after a dash.

import { make } from "./elements.js";
import { menu } from "./page_data.js";

const COMMAND = /^[/／](\w*)$/;
const OPTION = /(?:^|\s)(?:--|—)(\w*)$/;
const list = document.getElementById("suggestions");

export class Suggestions {
  constructor(textarea) {
    this.textarea = textarea;
    this.found = [];
    this.chosen = 0;
    textarea.addEventListener("input", () => this.refresh());
    textarea.addEventListener("blur", () => this.close());
    // A press must not take the focus from the field before it is a click.
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const item = event.target.closest("[role=option]");
      if (item) this.#take([...list.children].indexOf(item));
    });
  }

  refresh() {
    const { value, selectionStart, selectionEnd } = this.textarea;
    const before = value.slice(0, selectionStart);
    this.found = selectionStart === selectionEnd ? suggest(before) : [];
    this.chosen = 0;
    this.#draw();
  }

  close() {
    this.found = [];
    this.#draw();
  }

  /** Whether a key was meant for the list. */
  takesKey(event) {
    if (!this.found.length) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.chosen = (this.chosen + step + this.found.length) % this.found.length;
      this.#draw();
    } else if (event.key === "Escape") this.close();
    else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") {
      if (event.key === "Enter" && this.found[this.chosen].isTyped) return false;
      this.#take(this.chosen);
    } else return false;
    event.preventDefault();
    return true;
  }

  #take(index) {
    const { typed, text } = this.found[index];
    const { value, selectionStart } = this.textarea;
    const start = selectionStart - typed.length;
    this.textarea.value = value.slice(0, start) + text + value.slice(selectionStart);
    this.textarea.setSelectionRange(start + text.length, start + text.length);
    this.textarea.dispatchEvent(new Event("input"));
    this.close();
  }

  #draw() {
    list.replaceChildren(
      ...this.found.map(({ name, summary }, index) => {
        const words = [make("span", { className: "suggestion-name", textContent: name })];
        words.push(make("span", { className: "suggestion-summary", textContent: summary }));
        const isChosen = String(index === this.chosen);
        return make("li", { className: "suggestion", id: `suggestion-${index}`, role: "option", "aria-selected": isChosen }, ...words);
      }),
    );
    list.hidden = !this.found.length;
    if (list.hidden) this.textarea.removeAttribute("aria-activedescendant");
    else {
      this.textarea.setAttribute("aria-activedescendant", `suggestion-${this.chosen}`);
      list.children[this.chosen].scrollIntoView({ block: "nearest" });
    }
  }
}

function suggest(before) {
  const command = COMMAND.exec(before);
  if (command) {
    const near = menu.filter(({ name }) => name.startsWith(command[1].toLowerCase()));
    return near.map(({ name, summary, takesWords }) => ({
      name: `/${name}`,
      summary,
      typed: before,
      text: takesWords ? `/${name} ` : `/${name}`,
      isTyped: name === command[1].toLowerCase(),
    }));
  }
  const option = OPTION.exec(before);
  const options = option ? optionsOf(before) : [];
  const near = options.filter(({ name }) => name.startsWith(option[1].toLowerCase()));
  return near.map(({ name, summary, takesValue }) => ({
    name: `--${name}`,
    summary,
    typed: option[0].trimStart(),
    text: `--${name} `,
    isTyped: !takesValue && name === option[1].toLowerCase(),
  }));
}

function optionsOf(before) {
  const name = /^[/／](\w+)\s/.exec(before)?.[1].toLowerCase();
  return (name ? menu.find((command) => command.name === name) : menu[0])?.options ?? [];
}
