// Files that go along with a message: chosen, dropped anywhere or pasted.

import { icon, make } from "./elements.js";
import { fileLimitBytes, labels, mostFiles } from "./page_data.js";

const layer = document.getElementById("drop-layer");

export class Attachments {
  /** `on`: change(), notice(words). */
  constructor(on) {
    this.on = on;
    this.all = []; // {file, url, width, height}; width 0 for what this browser cannot show
    const input = document.getElementById("files");
    document.getElementById("attach").addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      this.add([...input.files]);
      input.value = "";
    });
    acceptDrops((files) => this.add(files));
    document.addEventListener("paste", (event) => {
      if (!event.clipboardData?.files.length) return;
      event.preventDefault();
      this.add([...event.clipboardData.files]);
    });
  }

  /** Take files up to the limits; the server decides whether they are pictures. */
  async add(files) {
    const small = files.filter((file) => file.size <= fileLimitBytes);
    const taken = small.slice(0, Math.max(0, mostFiles - this.all.length));
    if (small.length < files.length) this.on.notice(labels.fileTooLarge);
    else if (taken.length < small.length) this.on.notice(labels.tooManyFiles);
    else this.on.notice("");
    const added = taken.map((file) => ({ file, url: URL.createObjectURL(file), width: 0, height: 0 }));
    this.all.push(...added);
    this.on.change();
    await Promise.all(added.map(measure));
    this.on.change();
  }

  /** Hand everything over and begin anew; whoever takes it releases the URLs. */
  take() {
    const all = this.all;
    this.all = [];
    return all;
  }

  chips() {
    return this.all.map((one) => {
      const thumbnail = one.width
        ? make("img", { className: "chip-thumbnail", src: one.url, alt: "" })
        : icon("file");
      thumbnail.classList.add("chip-thumbnail");
      const name = make("span", { textContent: one.file.name });
      const label = `${labels.removeFile}: ${one.file.name}`;
      const remove = make("button", { type: "button", className: "round", title: labels.removeFile, "aria-label": label }, icon("cross"));
      remove.addEventListener("click", () => this.#remove(one));
      return make("div", { className: "chip" }, thumbnail, make("div", { className: "chip-words" }, name), remove);
    });
  }

  #remove(one) {
    URL.revokeObjectURL(one.url);
    this.all = this.all.filter((other) => other !== one);
    this.on.notice("");
    this.on.change();
  }
}

async function measure(attachment) {
  const image = new Image();
  image.src = attachment.url;
  try {
    await image.decode();
    attachment.width = image.naturalWidth;
    attachment.height = image.naturalHeight;
  } catch {
    // Not a picture this browser knows; the server answers for it.
  }
}

function acceptDrops(take) {
  let depth = 0; // entering a child comes before leaving its parent
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  const show = (isShown) => (layer.hidden = !isShown);
  document.addEventListener("dragenter", (event) => holdsFiles(event) && show(++depth > 0));
  document.addEventListener("dragleave", (event) => holdsFiles(event) && show(--depth > 0));
  document.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth = 0;
    show(false);
    take([...event.dataTransfer.files]);
  });
}
