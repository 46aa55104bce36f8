"""The shapes in which gateways answer in OpenAI's format. The numbers are those of the project's list of shapes."""

import io
from collections.abc import Callable, Mapping
from typing import Any

from PIL import Image

from tests.simulators.image_api.answers import Answer, Base64Of, Lines, Picture, Text
from tests.simulators.image_api.chat_answers import (
    BARE_ECHO,
    CREATED,
    PROGRESS,
    USAGE,
    chunk,
    completion,
    data_uri,
    delta,
    events,
    image_url,
    in_pieces,
    markdown,
    of_choices,
    one_picture,
    said,
)
from tests.simulators.image_api.gemini_shapes import (
    url_safe,
    with_line_breaks,
    with_slashes_escaped,
    with_unicode_escapes,
)


def inline(picture: Picture) -> dict[str, Any]:
    return {"mime_type": "image/png", "data": Base64Of(picture=picture)}


def base64_of(picture: Picture) -> str:
    return b"".join(Base64Of(picture=picture).pieces()).decode()


def uri_of(picture: Picture) -> str:
    return b"".join(data_uri(picture).pieces()).decode()


def cut_content(length: int) -> Callable[[Picture, Picture], Answer]:
    """Make markdown that an event stream cuts into pieces of so many characters."""
    return lambda one, _: events(
        *(delta(content=piece) for piece in in_pieces(f"Here is your fox.\n![image]({uri_of(one)})", length)),
        delta("stop"),
    )


def cut_uri(length: int) -> Callable[[Picture, Picture], Answer]:
    return lambda one, _: events(
        *(delta(content=piece) for piece in in_pieces(uri_of(one), length)),
        delta(content="\nHere is your fox."),
        delta("stop"),
    )


def cut_images(length: int) -> Callable[[Picture, Picture], Answer]:
    return lambda one, _: events(
        delta(content="Here is your fox."),
        *(delta(images=[image_url(piece)]) for piece in in_pieces(uri_of(one), length)),
        delta("stop"),
    )


def _draft() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (9, 9)).save(file, "PNG")
    return file.getvalue()


DRAFT = _draft()

PICTURE_SHAPES: Mapping[str, Callable[[Picture, Picture], Answer]] = {
    "37": lambda one, _: one_picture(one),
    "37-words-before": lambda one, _: said("Here is your fox.\n\n", *markdown(one)),
    "37-words-after": lambda one, _: said(*markdown(one), "\nHere is your fox."),
    "37-drafts": lambda one, draft: said(*markdown(draft), "\n", *markdown(draft), "\n", *markdown(one)),
    "37-two-results": lambda one, other: said("First.\n", *markdown(one), "\nSecond.\n", *markdown(other)),
    "37-two-words-after": lambda one, other: said(*markdown(one), "\nFirst.\n", *markdown(other), "\nSecond."),
    "37-wrong-mime": lambda one, _: said(*markdown(one, mime="image/jpeg")),
    "37-bare": lambda one, _: said(data_uri(one)),
    "37-bare-in-words": lambda one, _: said("Here is your fox. ", data_uri(one), " Enjoy!"),
    "37-bare-before-words": lambda one, _: said(data_uri(one), " Here is your fox."),
    "37-html": lambda one, _: said('Here is your fox. <img alt="fox" src="', data_uri(one), '" width="9">'),
    "37-link": lambda one, _: said("[image](", data_uri(one), ")"),
    "37-escapes": lambda one, _: said(*markdown(one, spelled=with_slashes_escaped)),
    "37-unicode-escapes": lambda one, _: said(*markdown(one, spelled=with_unicode_escapes)),
    "37-url-safe": lambda one, _: said(*markdown(one, spelled=url_safe)),
    "37-line-breaks": lambda one, _: said(*markdown(one, spelled=with_line_breaks)),
    "37-no-padding": lambda one, _: said(*markdown(one, is_padded=False)),
    "37-draft-is-broken": lambda one, _: said(*markdown(b"no picture"), "\n", *markdown(one)),
    "37-thoughts": lambda one, _: completion(
        {"content": Text(*markdown(one)), "reasoning_content": Text("Sketching. ", *markdown(b"a sketch" * 99))}
    ),
    "38-data": lambda one, _: said(BARE_ECHO, PROGRESS, *markdown(one), "\n\n> ID: `task_0`\n"),
    "40": lambda one, _: completion({"content": "", "images": [image_url(data_uri(one))]}),
    "40-null": lambda one, _: completion({"content": None, "images": [{"index": 0, **image_url(data_uri(one))}]}),
    "40-absent": lambda one, _: completion({"images": [image_url(data_uri(one))]}, is_judged=False),
    "40-bare-string": lambda one, _: completion({"content": "", "images": [data_uri(one)]}),
    "40-bare-image-url": lambda one, _: completion({"content": "", "images": [{"image_url": data_uri(one)}]}),
    "40-url": lambda one, _: completion({"content": "", "images": [{"url": data_uri(one)}]}),
    "40-b64": lambda one, _: completion({"content": "", "images": [{"b64_json": Base64Of(picture=one)}]}),
    "40-words": lambda one, _: completion({"content": "Here is your fox.", "images": [image_url(data_uri(one))]}),
    "40-drafts": lambda one, draft: completion(
        {"content": None, "images": [image_url(data_uri(picture)) for picture in (draft, draft, one)]}
    ),
    "41": lambda one, _: completion(
        {"content": [{"type": "text", "text": "Here is your fox."}, image_url(data_uri(one))]}, is_judged=False
    ),
    "41-picture-first": lambda one, _: completion(
        {"content": [image_url(data_uri(one)), {"type": "text", "text": "Here is your fox."}]}, is_judged=False
    ),
    "41-two-results": lambda one, other: completion(
        {"content": ["First.", image_url(data_uri(one)), {"text": "Second."}, image_url(data_uri(other))]},
        is_judged=False,
    ),
    "41-thoughts": lambda one, _: completion(
        {"content": [{"type": "reasoning", "text": "Sketching."}, image_url(data_uri(one))]}, is_judged=False
    ),
    "41-multi-mod-content": lambda one, _: completion(
        {"content": "", "multi_mod_content": [{"text": "Here is your fox."}, {"inline_data": inline(one)}]}
    ),
    "41-multi-mod-content-camel": lambda one, _: completion(
        {"content": None, "multi_mod_content": [{"inlineData": inline(one)}]}
    ),
    "41-multi-mod-content-drafts": lambda one, draft: completion(
        {
            "content": "Here is your fox.",
            "multi_mod_content": [
                {"thought": True, "inline_data": inline(draft)},
                {"inline_data": inline(draft)},
                {"inline_data": inline(one)},
                {"text": "Here is your fox."},
            ],
        }
    ),
    "41-content-blocks": lambda one, _: completion(
        {
            "content": "Here is your fox.",
            "content_blocks": [
                {"type": "thinking", "thinking": "Sketching."},
                {"type": "text", "text": "Here is your fox."},
                image_url(data_uri(one)),
            ],
        }
    ),
    "42": lambda one, _: completion({"content": Text(*markdown(one)), "images": [image_url(data_uri(one))]}),
    "42-words": lambda one, _: completion(
        {"content": Text(*markdown(one), "\nHere is your fox."), "images": [image_url(data_uri(one))]}
    ),
    "43-picture-is-there": lambda one, _: said(*markdown(one), finish="content_filter"),
    "43-cut-but-whole": lambda one, _: said(*markdown(one), finish="length"),
    "46": lambda one, _: Answer(
        body={"created": CREATED, "data": [{"b64_json": Base64Of(picture=one)}]}, is_judged=False
    ),
    "46-prefix": lambda one, _: Answer(
        body={"created": CREATED, "data": [{"b64_json": Base64Of(picture=one, prefix="base64://"), "url": ""}]},
        is_judged=False,
    ),
    "46-data-uri": lambda one, _: Answer(body={"data": [{"url": data_uri(one), "b64_json": None}]}, is_judged=False),
    "46-string": lambda one, _: Answer(body={"data": Base64Of(picture=one, prefix="base64://")}, is_judged=False),
    "47": lambda one, _: events(
        delta(role="assistant", content=""),
        delta(content=Text(*markdown(one))),
        delta("stop"),
        chunk([], usage=USAGE),
    ),
    "47-cut-words": lambda one, _: events(
        delta(role="assistant", content="Here is "),
        delta(content="your fox.\n!["),
        delta(content=Text("image](", data_uri(one), ")")),
        delta("stop"),
    ),
    "47-images": lambda one, _: events(
        delta(content="Here is your fox."), delta(content="", images=[image_url(data_uri(one))]), delta("stop")
    ),
    "47-multi-mod-content": lambda one, _: events(
        delta(content="Here is "),
        delta(content="your fox."),
        delta(content="", multi_mod_content=[{"inline_data": inline(one)}]),
        delta("stop"),
    ),
    "47-content-blocks": lambda one, _: events(
        delta(content="", content_blocks=[{"index": 0, "delta": {"thinking": "Sketching."}}]),
        delta(content="Here is ", content_blocks=[{"index": 1, "delta": {"text": "Here is "}}]),
        delta(content="your fox.", content_blocks=[{"index": 1, "delta": {"text": "your fox."}}]),
        delta(content_blocks=[{"index": 1, "delta": image_url(data_uri(one))}]),
        delta("stop"),
    ),
    **{f"47-cut-{length}": cut_content(length) for length in (23, 64, 1000)},
    **{f"47-cut-bare-{length}": cut_uri(length) for length in (64, 1000)},
    **{f"47-cut-images-{length}": cut_images(length) for length in (100, 1001)},
    "47-cut-b64": lambda one, _: events(
        *({"choices": [], "data": [{"b64_json": piece}]} for piece in in_pieces(base64_of(one), 1000)),
        is_judged=False,
    ),
    "47-cut-multi-mod-content": lambda one, _: events(
        *(delta(multi_mod_content=[{"inline_data": {"data": piece}}]) for piece in in_pieces(base64_of(one), 999)),
        delta("stop"),
    ),
    "47-whole-drafts": lambda one, draft: events(
        *(delta(images=[image_url(data_uri(picture))]) for picture in (draft, draft, one)), delta("stop")
    ),
    "47-no-done": lambda one, _: events(delta(content=Text(*markdown(one))), is_done=False),
    "47-carriage-returns": lambda one, _: events(
        b"event: message\r\nid: 1", delta("stop", content=Text(*markdown(one))), line_end=b"\r\n"
    ),
    "47-ping-before-json": lambda one, _: Answer(
        body=Lines(b": PING\n\n: PING\n\n", one_picture(one).body), is_judged=False
    ),
    "48-error-after-the-picture": lambda one, _: events(
        delta(content=Text(*markdown(one))),
        {"error": {"code": 502, "message": "Provider disconnected"}},
        is_judged=False,
    ),
    "48-picture-is-there": lambda one, _: events(delta(content=Text(*markdown(one))), delta("error"), is_judged=False),
}
"""Answers that hold a picture worth sending, made of a result and another picture (a draft, or a second result)."""

UNKNOWN_PLACES: Mapping[str, Callable[[Picture, Picture], tuple[Answer, str]]] = {
    "bare": lambda one, _: (
        completion({"content": "", "blob": Base64Of(picture=one)}),
        "choices[0].message.blob",
    ),
    "data-uri": lambda one, _: (
        completion({"content": "", "attachments": [{"file": data_uri(one)}]}),
        "choices[0].message.attachments[0].file",
    ),
    "other-data-uri": lambda one, _: (
        completion({"content": "", "file": Base64Of(picture=one, prefix="data:application/octet-stream;base64,")}),
        "choices[0].message.file",
    ),
    "line-breaks": lambda one, _: (
        completion({"content": "", "blob": Base64Of(picture=one, spelled=with_line_breaks)}),
        "choices[0].message.blob",
    ),
    "escapes": lambda one, _: (
        completion({"content": "", "blob": Base64Of(picture=one, spelled=with_unicode_escapes)}),
        "choices[0].message.blob",
    ),
    "another-format": lambda one, _: (
        Answer(body={"output": {"pictures": [{"bytes": Base64Of(picture=one)}]}}, is_judged=False),
        "output.pictures[0].bytes",
    ),
    "second-choice": lambda one, _: (
        of_choices([{"message": {"content": ""}}, {"message": {"images": [data_uri(one)]}}], is_judged=False),
        "choices[1].message.images[0]",
    ),
    "anthropic": lambda one, _: (
        completion(
            {"content": [{"type": "image", "source": {"type": "base64", "data": Base64Of(picture=one)}}]},
            is_judged=False,
        ),
        "choices[0].message.content[0].source.data",
    ),
    "events": lambda one, _: (
        events(delta(content=""), *(delta(blob=piece) for piece in in_pieces(base64_of(one), 1000)), delta("stop")),
        "[1].choices[0].delta.blob",
    ),
    "echo": lambda one, sent: (
        completion({"content": "", "blobs": [Base64Of(picture=sent), Base64Of(picture=one), Base64Of(picture=sent)]}),
        "choices[0].message.blobs[1]",
    ),
    "request": lambda one, sent: (
        completion({"content": "", "request": {"x": Base64Of(picture=DRAFT)}, "blob": Base64Of(picture=one)}),
        "choices[0].message.blob",
    ),
    "drafts": lambda one, _: (
        completion({"content": "", "blobs": [Base64Of(picture=DRAFT), Base64Of(picture=one)]}),
        "choices[0].message.blobs[1]",
    ),
    "last-is-broken": lambda one, _: (
        completion(
            {"content": "", "blobs": [Base64Of(picture=one), Base64Of(picture=b"\x89PNG\r\n\x1a\n" + bytes(90))]}
        ),
        "choices[0].message.blobs[0]",
    ),
    "thumbnail": lambda one, _: (
        completion({"content": "", "thumbnail": Base64Of(picture=DRAFT), "full": Base64Of(picture=one)}),
        "choices[0].message.full",
    ),
    "odd-key": lambda one, _: (
        completion({"content": "", "a red fox, sk-123": Base64Of(picture=one)}),
        "choices[0].message.?",
    ),
    "chosen-is-broken": lambda one, _: (
        completion({"content": Text(*markdown(b"no picture" * 99)), "blob": Base64Of(picture=one)}),
        "choices[0].message.blob",
    ),
}
"""Answers with a picture where no format has it, and its place; made of a result and a picture that we sent."""
