// The pictures of an entry; a click shows one whole.

import { make } from "./elements.js";
import { labels } from "./page_data.js";

/** A block of pictures. `show(pictures, index)` opens the viewer. */
export function pictureBlock(pictures, show) {
  const block = make("div", { className: `pictures ${pictures.length > 1 ? "is-many" : "is-single"}` });
  block.style.setProperty("--ratio", String(pictures[0].width / pictures[0].height));
  block.style.setProperty("--natural", String(pictures[0].width));
  pictures.forEach((picture, index) => {
    const button = pictureButton(picture, () => show(pictures, index));
    if (pictures.length > 1 && picture.number) button.append(make("span", { className: "number", textContent: picture.number }));
    block.append(button);
  });
  return block;
}

function pictureButton(picture, open) {
  const { url, width, height, description } = picture;
  const image = make("img", { src: url, width, height, alt: description, loading: "lazy", decoding: "async" });
  const button = make("button", { type: "button", className: "picture", title: labels.showPicture, onclick: open }, image);
  button.style.setProperty("--ratio", String(width / height));
  image.addEventListener("error", () => {
    button.classList.add("is-gone");
    button.disabled = true;
    image.replaceWith(make("span", { textContent: labels.pictureGone }));
  });
  return button;
}
