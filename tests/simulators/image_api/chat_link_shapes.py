"""The shapes of OpenAI's format that name a picture by its address. The numbers are those of the project's list."""

from collections.abc import Callable, Mapping

from tests.simulators.image_api.answers import Answer
from tests.simulators.image_api.chat_answers import (
    BARE_ECHO,
    CREATED,
    PROGRESS,
    completion,
    delta,
    events,
    image_url,
    in_pieces,
    painted_by_chat,
    said,
)

LINK_SHAPES: Mapping[str, Callable[[str], Answer]] = {
    "38": lambda url: said(painted_by_chat(url)),
    "38-sora": lambda url: said(painted_by_chat(url, echo=BARE_ECHO, label="点击下载")),
    "38-words": lambda url: said(painted_by_chat(url, echo=""), "Here is your fox.\n"),
    "38-events": lambda url: events(
        *(delta(content=piece) for piece in in_pieces(painted_by_chat(url))), delta("stop")
    ),
    "38-alt-is-the-url": lambda url: said(f"> 🎨 生成中...\n\n![{url}]({url})\n\n[点击下载]({url})"),
    "38-only-to-download": lambda url: said(f"{PROGRESS}[下载⏬]({url})"),
    "38-picture-is-a-link": lambda url: said(f"[![fox]({url})]({url}) Here is your fox."),
    "38-bare": lambda url: said(f"Here is your fox: {url}."),
    "38-bold": lambda url: said(f"**{url}**"),
    "38-bare-in-chinese": lambda url: said(f"图片已生成：{url}，请尽快下载。"),
    "38-alone": lambda url: said(url.replace(".png", "")),
    "38-literal-escapes": lambda url: said(url.replace("&", r"\u0026")),
    "38-html": lambda url: said(f"<img src='{url.replace('&', '&amp;')}'>"),
    "38-reference": lambda url: said(
        f"See https://elsewhere.test/foxes and [this](https://elsewhere.test/a).\n![]({url})"
    ),
    "40": lambda url: completion({"content": None, "images": [image_url(url)]}),
    "40-bare-string": lambda url: completion({"content": "", "images": [url]}),
    "41": lambda url: completion(
        {"content": [{"type": "text", "text": "Here is your fox."}, image_url(url)]}, is_judged=False
    ),
    "42": lambda url: completion({"content": f"![fox]({url})\nHere is your fox.", "images": [image_url(url)]}),
    "46": lambda url: Answer(
        body={"created": CREATED, "data": [{"url": url, "revised_prompt": "a fox"}]}, is_judged=False
    ),
    "47": lambda url: events(delta(images=[image_url(url)]), delta("stop")),
}
"""Answers that name one picture by its address, which ends in .png and has a query."""
