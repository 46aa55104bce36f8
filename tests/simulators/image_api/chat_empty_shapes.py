"""The shapes of OpenAI's format that hold no picture. The numbers are those of the project's list of shapes."""

from collections.abc import Callable, Mapping

from tests.simulators.image_api.answers import Answer, Base64Of, Picture
from tests.simulators.image_api.chat_answers import (
    BARE_ECHO,
    CREATED,
    ECHO,
    FAILED,
    PROGRESS,
    TERMINAL,
    USAGE,
    chunk,
    completion,
    delta,
    events,
    markdown,
    of_choices,
    said,
)

TOO_CLOSE = "该请求可能违反了关于与第三方内容相似性的限制。"

EMPTY_SHAPES: Mapping[str, Callable[[Picture], Answer]] = {
    "37-broken": lambda _: said(*markdown(b"this is no picture at all" * 9)),
    "37-empty": lambda _: said("![image](data:image/png;base64,)"),
    "37-not-base64": lambda _: said("![image](data:image/png;base64,*** picture ***)"),
    "37-base64-in-pieces": lambda _: events(
        delta(content="Here: ![image](data:image/png;base64,QUJD"), delta(content="QUJD" * 99), delta(content=")")
    ),
    "38-failed": lambda _: said(FAILED.format(echo=ECHO, reason="timeout")),
    "38-failed-in-words": lambda _: said(FAILED.format(echo=ECHO, reason=TOO_CLOSE)),
    "38-failed-input": lambda _: said(FAILED.format(echo=ECHO, reason="input_moderation") + TERMINAL),
    "38-failed-output": lambda _: said(FAILED.format(echo=BARE_ECHO, reason="output_moderation") + TERMINAL),
    "38-failed-without-reason": lambda _: said(BARE_ECHO, "> 进度 **34%**\n\n> 生成失败 ❌\n"),
    "38-only-progress": lambda _: said(ECHO, PROGRESS),
    "40-empty": lambda _: completion({"content": None, "images": []}),
    "40-no-content": lambda _: completion({}, is_judged=False),
    "40-nothing-in-it": lambda _: completion({"content": None, "images": [{"image_url": {"url": ""}}, None, "fox"]}),
    "41-words": lambda _: completion({"content": [{"type": "text", "text": "I cannot."}]}, is_judged=False),
    "43": lambda _: said("", finish="content_filter"),
    "43-words": lambda _: said("I cannot.", finish="content_filter"),
    "43-stop": lambda _: said(""),
    "43-length": lambda _: said("Let me begin with", finish="length"),
    "43-refusal": lambda _: completion({"content": None, "refusal": "I cannot."}),
    "43-unknown-reason": lambda _: completion({"content": ""}, finish="new_reason", is_judged=False),
    "43-no-reason": lambda _: completion({"content": ""}, finish=None, is_judged=False),
    "44": lambda _: of_choices([]),
    "44-null": lambda _: Answer(body={"choices": None, "usage": USAGE}, is_judged=False),
    "44-usage-only": lambda _: Answer(body={"usage": USAGE}, is_judged=False),
    "45": lambda _: said("A fox is best imagined."),
    "45-links": lambda _: said("See https://elsewhere.test/foxes and [this](https://elsewhere.test/a.html)."),
    "46-empty": lambda _: Answer(body={"created": CREATED, "data": []}, is_judged=False),
    "46-no-picture": lambda _: Answer(
        body={"data": [{"b64_json": Base64Of(picture=b"this is no picture at all" * 9)}]}, is_judged=False
    ),
    "47-empty": lambda _: events(),
    "47-usage-only": lambda _: events(chunk([], usage=USAGE)),
    "47-words": lambda _: events(delta(content="A fox is "), delta(content="best imagined."), delta("stop")),
    "48": lambda _: events(
        delta(content="![image](data:image/png;base64,iVBORw0KGgoAAAANSUhEUg"),
        {"error": {"code": 502, "message": "Provider disconnected", "metadata": {"provider_name": "x"}}},
        is_judged=False,
    ),
    "48-blocked": lambda _: events(
        delta(content=""),
        {"error": {"code": "prompt_blocked", "message": "blocked", "type": "x"}, "choices": []},
        is_judged=False,
    ),
    "48-event-name": lambda _: events(
        b'event: error\ndata: {"error":{"message":"The model is overloaded","code":503}}', is_judged=False
    ),
    "48-reason": lambda _: events(delta(content="A fox"), delta("error"), is_judged=False),
    "48-reason-and-error": lambda _: of_choices(
        [{"index": 0, "message": {"content": ""}, "finish_reason": "error", "error": {"code": 429, "message": "slow"}}],
        is_judged=False,
    ),
}
"""Answers with HTTP 200 that hold no picture worth sending; made of a draft."""
